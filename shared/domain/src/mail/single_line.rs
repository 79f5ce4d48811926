//! Text of others as one plain line: for subjects, for names in mails, for details of a status.
//!
//! Takes out what could break a header or turn the text around it; escapes nothing, because that
//! depends on where the line goes.

/// Returns the text on one line of at most `max_chars` characters.
///
/// Runs of white space and control characters become one space, marks that override the direction of
/// writing are dropped, and what is too long ends with an ellipsis.
pub fn single_line(text: &str, max_chars: usize) -> String {
    let spaced: String = text
        .chars()
        .filter(|character| !overrides_direction(*character))
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect();
    let line = spaced.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() <= max_chars {
        return line;
    }
    let kept: String = line.chars().take(max_chars.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

/// Says whether a character is a bidirectional mark, embedding, override or isolate of Unicode, or a
/// byte order mark: with them a name could make the text after it read backwards.
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

    use super::single_line;

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

    proptest! {
        #[test]
        fn no_text_breaks_a_line(text in any::<String>(), max_chars in 1_usize..40) {
            let line = single_line(&text, max_chars);
            prop_assert!(line.chars().count() <= max_chars);
            prop_assert!(!line.chars().any(char::is_control));
            prop_assert_eq!(single_line(&line, max_chars), line);
        }
    }
}
