//! The languages of texts and mails: how each writes numbers, money, dates and plurals.
//!
//! The words are in `texts` and in the templates of mails.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::money::Money;

/// A no-break space, which keeps a number and its unit on one line.
const NO_BREAK_SPACE: char = '\u{a0}';

/// A language that members can read and write in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Language {
    /// Spanish.
    Es,
    /// English.
    En,
    /// Portuguese.
    Pt,
    /// Russian.
    Ru,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 4] = [Self::Es, Self::En, Self::Pt, Self::Ru];

    /// Returns the language of a locale such as `pt-BR` or `ru_RU`; English if it is not supported.
    pub fn of_locale(locale: &str) -> Self {
        let language = locale.split(['-', '_', '.']).next().unwrap_or_default();
        Self::ALL
            .into_iter()
            .find(|known| known.code().eq_ignore_ascii_case(language.trim()))
            .unwrap_or(Self::En)
    }

    /// Returns the language of a text about a member: the one that the reader asked for, else the member's, else
    /// the programme's.
    pub fn of_reader(accepted: Option<Self>, member: Option<&str>, program: &str) -> Self {
        accepted.unwrap_or_else(|| Self::of_locale(member.unwrap_or(program)))
    }

    /// Returns the code of the language (ISO 639-1).
    pub const fn code(self) -> &'static str {
        match self {
            Self::Es => "es",
            Self::En => "en",
            Self::Pt => "pt",
            Self::Ru => "ru",
        }
    }

    /// Returns a number with its thousands grouped.
    ///
    /// Spanish takes the neutral space, because a dot is a decimal point in half of its countries, and
    /// leaves four digits together.
    pub fn number(self, number: i64) -> String {
        signed(number, &self.grouped(number.unsigned_abs()))
    }

    /// Returns an amount of money: `1,299.90 RUB`, in Russian `1 299,90 ₽`.
    ///
    /// Currencies have their ISO code, which is the same in each language; in Russian the rouble has its sign.
    pub fn money(self, money: &Money) -> String {
        let digits = money.currency.minor_digits();
        let scale = 10_u64.pow(digits);
        let absolute = money.amount.unsigned_abs();
        let mut text = self.grouped(absolute / scale);
        if digits > 0 {
            let fraction = format!("{:0width$}", absolute % scale, width = digits as usize);
            text.extend([self.decimal_point(), &fraction]);
        }
        let unit = match (self, money.currency.as_str()) {
            (Self::Ru, "RUB") => "₽",
            (_, code) => code,
        };
        format!("{}{NO_BREAK_SPACE}{unit}", signed(money.amount, &text))
    }

    /// Returns a decimal number that is written with a point.
    pub fn decimal(self, decimal: &str) -> String {
        decimal.replace('.', self.decimal_point())
    }

    const fn decimal_point(self) -> &'static str {
        match self {
            Self::En => ".",
            Self::Es | Self::Pt | Self::Ru => ",",
        }
    }

    fn grouped(self, number: u64) -> String {
        let digits = number.to_string();
        let (separator, ungrouped_digits_max) = match self {
            Self::Es => (NO_BREAK_SPACE, 4),
            Self::En => (',', 3),
            Self::Pt => ('.', 3),
            Self::Ru => (NO_BREAK_SPACE, 3),
        };
        let grouped = digits.len() > ungrouped_digits_max;
        let mut text = String::with_capacity(digits.len() * 2);
        for (index, digit) in digits.chars().enumerate() {
            if grouped && index > 0 && (digits.len() - index).is_multiple_of(3) {
                text.push(separator);
            }
            text.push(digit);
        }
        text
    }

    /// Returns which plural form a number takes: an index into the forms that a text gives.
    ///
    /// Two forms, one and many, except in Russian: one (1, 21), few (2–4, 22–24), many (0, 5–20).
    pub fn plural_form(self, number: i64) -> usize {
        let number = number.unsigned_abs();
        match self {
            Self::Es | Self::En | Self::Pt => usize::from(number != 1),
            Self::Ru => match (number % 10, number % 100) {
                (_, 11..=14) => 2,
                (1, _) => 0,
                (2..=4, _) => 1,
                _ => 2,
            },
        }
    }

    /// Returns how many plural forms a noun has beside a number.
    pub const fn plural_forms(self) -> usize {
        match self {
            Self::Es | Self::En | Self::Pt => 2,
            Self::Ru => 3,
        }
    }

    /// Returns a date written out, with the name of its month.
    pub fn date(self, date: Date) -> String {
        let (day, month, year) = (date.day(), self.month(date.month()), date.year());
        match self {
            Self::En => format!("{day} {month} {year}"),
            Self::Es => format!("{day} de {month} de {year}"),
            Self::Pt if day == 1 => format!("1º de {month} de {year}"),
            Self::Pt => format!("{day} de {month} de {year}"),
            Self::Ru => format!("{day} {month} {year} года"),
        }
    }

    /// Returns the name of a month in a date.
    fn month(self, month: i8) -> &'static str {
        let names = match self {
            Self::Es => &SPANISH_MONTHS,
            Self::En => &ENGLISH_MONTHS,
            Self::Pt => &PORTUGUESE_MONTHS,
            Self::Ru => &RUSSIAN_MONTHS,
        };
        let index = usize::try_from(month - 1).expect("a civil date has months from 1 to 12");
        names[index]
    }
}

fn signed(number: i64, text: &str) -> String {
    let sign = if number < 0 { "-" } else { "" };
    format!("{sign}{text}")
}

const ENGLISH_MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const SPANISH_MONTHS: [&str; 12] = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
];
const PORTUGUESE_MONTHS: [&str; 12] = [
    "janeiro",
    "fevereiro",
    "março",
    "abril",
    "maio",
    "junho",
    "julho",
    "agosto",
    "setembro",
    "outubro",
    "novembro",
    "dezembro",
];
const RUSSIAN_MONTHS: [&str; 12] = [
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
];

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::Language::{self, En, Es, Pt, Ru};
    use crate::money::{Currency, Money};

    #[test]
    fn locales_have_a_language() {
        let table = [
            ("es", Es),
            ("es-419", Es),
            ("pt-BR", Pt),
            ("PT_br", Pt),
            ("ru_RU.UTF-8", Ru),
            ("en-GB", En),
            ("de", En),
            ("", En),
            ("estonian", En),
        ];
        for (locale, language) in table {
            assert_eq!(Language::of_locale(locale), language, "{locale}");
        }
    }

    #[test]
    fn the_reader_comes_before_the_member_and_the_member_before_the_programme() {
        let table = [
            (Some(Pt), Some("es"), Pt),
            (None, Some("es-419"), Es),
            (None, Some("de"), En),
            (None, None, Ru),
        ];
        for (accepted, member, expected) in table {
            assert_eq!(Language::of_reader(accepted, member, "ru"), expected);
        }
    }

    #[test]
    fn numbers_are_grouped() {
        let table = [
            (0, "0", "0", "0", "0"),
            (999, "999", "999", "999", "999"),
            (1_250, "1250", "1,250", "1.250", "1\u{a0}250"),
            (-12_345, "-12\u{a0}345", "-12,345", "-12.345", "-12\u{a0}345"),
            (
                i64::MIN,
                "-9\u{a0}223\u{a0}372\u{a0}036\u{a0}854\u{a0}775\u{a0}808",
                "-9,223,372,036,854,775,808",
                "-9.223.372.036.854.775.808",
                "-9\u{a0}223\u{a0}372\u{a0}036\u{a0}854\u{a0}775\u{a0}808",
            ),
        ];
        for (number, spanish, english, portuguese, russian) in table {
            let written = [Es, En, Pt, Ru].map(|language| language.number(number));
            assert_eq!(written, [spanish, english, portuguese, russian]);
        }
    }

    #[test]
    fn money_has_its_minor_digits_and_its_currency() {
        let table = [
            (129_990, "RUB", ["1299,90 RUB", "1,299.90 RUB", "1.299,90 RUB", "1 299,90 ₽"]),
            (5, "USD", ["0,05 USD", "0.05 USD", "0,05 USD", "0,05 USD"]),
            (
                1_234_567,
                "JPY",
                ["1 234 567 JPY", "1,234,567 JPY", "1.234.567 JPY", "1 234 567 JPY"],
            ),
            (-1_500, "KWD", ["-1,500 KWD", "-1.500 KWD", "-1,500 KWD", "-1,500 KWD"]),
            (-5, "EUR", ["-0,05 EUR", "-0.05 EUR", "-0,05 EUR", "-0,05 EUR"]),
        ];
        for (amount, currency, expected) in table {
            let currency = Currency::try_from(currency.to_owned()).unwrap();
            let written =
                [Es, En, Pt, Ru].map(|language| language.money(&Money { amount, currency }));
            assert_eq!(written.map(|text| text.replace('\u{a0}', " ")), expected);
        }
        assert_eq!([Es, En].map(|language| language.decimal("2.5")), ["2,5", "2.5"]);
    }

    #[test]
    fn plurals_agree_with_their_number() {
        let russian = ["балл", "балла", "баллов"];
        let table = [
            (0, "баллов"),
            (1, "балл"),
            (2, "балла"),
            (4, "балла"),
            (5, "баллов"),
            (11, "баллов"),
            (14, "баллов"),
            (21, "балл"),
            (22, "балла"),
            (111, "баллов"),
            (112, "баллов"),
            (121, "балл"),
            (1_000, "баллов"),
            (-1, "балл"),
        ];
        for (number, expected) in table {
            assert_eq!(russian[Ru.plural_form(number)], expected, "{number}");
        }
        for language in [Es, En, Pt] {
            assert_eq!(
                [0, 1, 2, 21, -1].map(|number| language.plural_form(number)),
                [1, 0, 1, 1, 0]
            );
        }
    }

    #[test]
    fn dates_are_written_out() {
        let table = [
            (Es, "1 de marzo de 2027", "31 de diciembre de 2026"),
            (En, "1 March 2027", "31 December 2026"),
            (Pt, "1º de março de 2027", "31 de dezembro de 2026"),
            (Ru, "1 марта 2027 года", "31 декабря 2026 года"),
        ];
        for (language, march, december) in table {
            assert_eq!(language.date(date(2027, 3, 1)), march);
            assert_eq!(language.date(date(2026, 12, 31)), december);
        }
    }
}
