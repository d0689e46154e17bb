//! Strings and their escape sequences.

use super::{Reader, attempt, starts_with};
use crate::io::Problem;

/// A string as it stands in the text, without its quotes.
#[derive(Clone, Copy, Debug)]
pub struct Quoted<'a> {
    /// The bytes between the quotes.
    pub raw: &'a [u8],
    escaped: bool,
}

impl<'a> Reader<'a> {
    /// A string.
    pub const fn string(&mut self) -> Result<Quoted<'a>, Problem> {
        if !self.take(b'"') {
            return Err(self.error("a string"));
        }
        let first = self.at;
        let mut escaped = false;
        while self.at < self.text.len() {
            match self.text[self.at] {
                b'"' => {
                    let raw = self.text.split_at(self.at).0.split_at(first).1;
                    self.at += 1;
                    return Ok(Quoted { raw, escaped });
                }
                b'\\' => {
                    escaped = true;
                    attempt!(self.escape());
                }
                0..0x20 => return Err(self.error("no control character in a string")),
                _ => self.at += 1,
            }
        }
        Err(self.error("the end of a string"))
    }

    /// The character that an escape sequence stands for.
    const fn escape(&mut self) -> Result<char, Problem> {
        let wanted = "an escape sequence";
        let error = self.error(wanted);
        if self.at + 1 >= self.text.len() {
            return Err(error);
        }
        let kind = self.text[self.at + 1];
        self.at += 2;
        let code = match kind {
            b'"' | b'\\' | b'/' => kind as u32,
            b'b' => 8,
            b't' => 9,
            b'n' => 10,
            b'f' => 12,
            b'r' => 13,
            b'u' => match attempt!(self.hexadecimal()) {
                // The first half of a pair of surrogates, which the second must follow.
                high @ 0xd800..0xdc00 => {
                    if self.at + 1 >= self.text.len() || self.text[self.at] != b'\\' || self.text[self.at + 1] != b'u' {
                        return Err(error);
                    }
                    self.at += 2;
                    let low = attempt!(self.hexadecimal());
                    if low < 0xdc00 || low > 0xdfff {
                        return Err(error);
                    }
                    0x1_0000 + ((high - 0xd800) << 10) + (low - 0xdc00)
                }
                code => code,
            },
            _ => return Err(error),
        };
        match char::from_u32(code) {
            Some(character) => Ok(character),
            None => Err(error),
        }
    }

    /// Four hexadecimal digits.
    const fn hexadecimal(&mut self) -> Result<u32, Problem> {
        let mut code = 0;
        let mut digit = 0;
        while digit < 4 {
            let byte = if self.at < self.text.len() { self.text[self.at] } else { 0 };
            match (byte as char).to_digit(16) {
                Some(value) => code = code * 16 + value,
                None => return Err(self.error("four hexadecimal digits")),
            }
            self.at += 1;
            digit += 1;
        }
        Ok(code)
    }
}

impl<'a> Quoted<'a> {
    /// The string itself: escape sequences replaced, in `buffer`; `None` if there are any and it does not fit.
    pub const fn decode<'b>(self, buffer: &'b mut [u8]) -> Option<&'b [u8]>
    where
        'a: 'b,
    {
        if !self.escaped {
            return Some(self.raw);
        }
        let mut reader = Reader::new(self.raw, 0);
        let mut len = 0;
        while reader.at < self.raw.len() {
            let mut utf8 = [self.raw[reader.at]; 4];
            let count = if self.raw[reader.at] == b'\\' {
                match reader.escape() {
                    Ok(character) => character.encode_utf8(&mut utf8).len(),
                    Err(_) => return None,
                }
            } else {
                reader.at += 1;
                1
            };
            if count > buffer.len() - len {
                return None;
            }
            let (utf8, _) = utf8.split_at(count);
            buffer.split_at_mut(len).1.split_at_mut(count).0.copy_from_slice(utf8);
            len += count;
        }
        Some(buffer.split_at(len).0)
    }

    /// Whether the string is `text`, which has at most 16 bytes.
    pub const fn is(self, text: &str) -> bool {
        let mut buffer = [0; 16];
        match self.decode(&mut buffer) {
            Some(decoded) => starts_with(decoded, text.as_bytes()) && decoded.len() == text.len(),
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escape_sequences_are_decoded() {
        let text = r#""a\u002eb\/\"\\\n\u00e9\ud83d\ude00é""#;
        let string = Reader::new(text.as_bytes(), 0).string().unwrap();
        assert_eq!(string.decode(&mut [0; 64]).unwrap(), "a.b/\"\\\n\u{e9}\u{1f600}é".as_bytes());
        assert_eq!(string.decode(&mut [0; 8]), None);
        assert!(Reader::new(br#""\u0064type""#, 0).string().unwrap().is("dtype"));
        assert!(!Reader::new(br#""dtypes""#, 0).string().unwrap().is("dtype"));
    }
}
