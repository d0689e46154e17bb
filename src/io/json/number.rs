//! Numbers: those that are read, and those that are only recognised.

use super::Reader;
use crate::io::Problem;

impl Reader<'_> {
    /// An integer from 0 to `usize::MAX`.
    pub const fn integer(&mut self) -> Result<usize, Problem> {
        let wanted = "an integer that fits the machine";
        let first = self.peek();
        let error = self.error(wanted);
        if !first.is_ascii_digit() {
            return Err(error);
        }
        let mut value: usize = 0;
        let mut digits = 0;
        while self.at < self.text.len() && self.text[self.at].is_ascii_digit() {
            let digit = (self.text[self.at] - b'0') as usize;
            value = match value.checked_mul(10) {
                Some(tens) => match tens.checked_add(digit) {
                    Some(value) => value,
                    None => return Err(error),
                },
                None => return Err(error),
            };
            self.at += 1;
            digits += 1;
        }
        // A number begins with 0 only if it is 0.
        if first == b'0' && digits > 1 { Err(error) } else { Ok(value) }
    }
}

/// Whether `word` is a number as JSON writes it.
pub(super) const fn is_number(word: &[u8]) -> bool {
    let mut at = if let [b'-', ..] = word { 1 } else { 0 };
    let whole = digits(word, at);
    if whole == 0 || (whole > 1 && word[at] == b'0') {
        return false;
    }
    at += whole;
    if at < word.len() && word[at] == b'.' {
        let fraction = digits(word, at + 1);
        if fraction == 0 {
            return false;
        }
        at += 1 + fraction;
    }
    if at < word.len() && matches!(word[at], b'e' | b'E') {
        at += 1;
        if at < word.len() && matches!(word[at], b'+' | b'-') {
            at += 1;
        }
        let exponent = digits(word, at);
        if exponent == 0 {
            return false;
        }
        at += exponent;
    }
    at == word.len()
}

/// How many digits follow in `word` from `first` on.
const fn digits(word: &[u8], first: usize) -> usize {
    let mut at = first;
    while at < word.len() && word[at].is_ascii_digit() {
        at += 1;
    }
    at - first
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers_have_a_bound() {
        let integer = |text: &str| Reader::new(text.as_bytes(), 0).integer().ok();
        assert_eq!(integer("0"), Some(0));
        assert_eq!(integer(&std::format!(" {}", usize::MAX)), Some(usize::MAX));
        assert_eq!(integer(&std::format!("{}0", usize::MAX)), None);
        assert_eq!(integer("00"), None);
        assert_eq!(integer("-1"), None);
    }
}
