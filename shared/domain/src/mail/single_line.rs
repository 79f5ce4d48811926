//! Other people's text as one plain line, for subjects, names in mails and details of a status; or as several
//! lines, for messages.
//!
//! Removes what could break a header or reverse the text around it. Escapes nothing, because that depends on
//! where the line is used.
//! depends on where the line goes.

/// Returns the text on one line of at most `max_chars` characters.
///
/// Runs of white space and control characters become one space. Marks that override the writing direction are
/// removed. A text that is too long ends with an ellipsis.
pub fn single_line(text: &str, max_chars: usize) -> String {
    let spaced: String = text
        .chars()
        .filter(|character| !overrides_direction(*character))
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect();
    let line = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    bounded(line, max_chars)
}

/// Returns the text as lines of at most `max_chars` characters in all.
///
/// Each line is plain as in [`single_line`]. Paragraphs have one empty line between them, and none at the
/// ends.
pub fn plain_lines(text: &str, max_chars: usize) -> String {
    let one_kind_of_break = text.replace("\r\n", "\n");
    let breaks = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];
    let mut lines: Vec<String> = Vec::new();
    for line in one_kind_of_break.split(breaks) {
        let line = single_line(line, max_chars);
        let follows_text = lines.last().is_some_and(|before| !before.is_empty());
        if !line.is_empty() || follows_text {
            lines.push(line);
        }
    }
    bounded(lines.join("\n").trim_end().to_owned(), max_chars)
}

fn bounded(text: String, max_chars: usize) -> String {
    if text.chars().count() <= max_chars {
        return text;
    }
    let kept: String = text.chars().take(max_chars.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// Returns whether a character is a bidirectional mark, embedding, override or isolate of Unicode, or a byte
/// order mark. With them, a name could reverse the text after it.
fn overrides_direction(character: char) -> bool {
    matches!(
        character,
        '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}'
            | '\u{FEFF}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{plain_lines, single_line};

    #[test]
    fn a_line_is_plain_and_bounded() {
        let table = [
            ("Ana", "Ana"),
            ("  Ana \t María ", "Ana María"),
            ("Ana\r\nBcc: e@x.es", "Ana Bcc: e@x.es"),
            ("Ana\u{2028}Eva\u{85}Luz\0", "Ana Eva Luz"),
            ("\u{202e}anA\u{202c}", "anA"),
            ("\u{202e}\u{feff} \n", ""),
            ("👩‍🍳 Ana", "👩‍🍳 Ana"),
            ("1234567890123456789012", "1234567890123456789…"),
            ("123456789012345678 012", "123456789012345678…"),
        ];
        for (text, expected) in table {
            assert_eq!(single_line(text, 20), expected, "{text:?}");
        }
    }

    #[test]
    fn lines_keep_their_breaks_and_nothing_else() {
        let table = [
            ("Hello\nAna", "Hello\nAna"),
            ("Hello\r\n\r\nAna\r", "Hello\n\nAna"),
            ("\n\n One \n \n\t\n\nTwo\n\n", "One\n\nTwo"),
            ("a\u{2028}b\u{2029}c\u{85}d", "a\nb\nc\nd"),
            ("\u{202e}anA\u{202c}\n\0x\u{1b}[31m", "anA\nx [31m"),
            ("\u{202e}\n \0", ""),
            ("1234567890\n123456789012", "1234567890\n12345678…"),
            ("123456789012345678\n\n12", "123456789012345678…"),
        ];
        for (text, expected) in table {
            assert_eq!(plain_lines(text, 20), expected, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn no_text_breaks_out_of_its_lines(text in "(\\PC|\\s|[\\n\\r{}<])*", max_chars in 1_usize..60) {
            let lines = plain_lines(&text, max_chars);
            prop_assert!(lines.chars().count() <= max_chars);
            prop_assert!(!lines.chars().any(|one| one.is_control() && one != '\n'));
            prop_assert!(!lines.contains("\n\n\n"));
            prop_assert_eq!(lines.trim_matches('\n'), lines.as_str());
            prop_assert_eq!(plain_lines(&lines, max_chars), lines);
        }

        #[test]
        fn no_text_breaks_a_line(text in any::<String>(), max_chars in 1_usize..40) {
            let line = single_line(&text, max_chars);
            prop_assert!(line.chars().count() <= max_chars);
            prop_assert!(!line.chars().any(char::is_control));
            prop_assert_eq!(single_line(&line, max_chars), line);
        }
    }
}
