//! JSON with positions: the documents of one file, one after the other.

use serde_json::{Number, Value};

use super::{
    compose::{Composer, Stop},
    report::Diagnostic,
    scalar,
    source::{Source, Span},
};

/// Why reading ended early.
#[derive(Debug)]
pub enum Failure {
    /// It is no JSON.
    Syntax(Box<Diagnostic>),
    /// A bound is broken.
    Stop(Stop),
}

impl From<Stop> for Failure {
    fn from(stop: Stop) -> Self {
        Self::Stop(stop)
    }
}

/// Reads every document.
///
/// # Errors
/// It is no JSON, or a bound is broken.
pub fn read(source: &Source, composer: &mut Composer) -> Result<(), Failure> {
    let mut reader = Reader { text: source.text(), at: 0, open: Vec::new() };
    while reader.skip_blanks() {
        reader.document(composer)?;
        composer.end_document();
    }
    Ok(())
}

struct Reader<'s> {
    text: &'s str,
    at: usize,
    /// Where the brackets that are not closed stand.
    open: Vec<(Bracket, usize)>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Bracket {
    List,
    Object,
}

impl Reader<'_> {
    /// One value, with all that is in it. A loop, not a recursion: the composer bounds the depth.
    fn document(&mut self, composer: &mut Composer) -> Result<(), Failure> {
        loop {
            self.skip_blanks();
            if !self.value(composer)? {
                continue;
            }
            // A value ended: what follows belongs to the bracket around it.
            loop {
                let Some(&(bracket, start)) = self.open.last() else { return Ok(()) };
                self.skip_blanks();
                match (self.peek(), bracket) {
                    (Some(b','), _) => {
                        self.at += 1;
                        if bracket == Bracket::Object {
                            self.key(composer)?;
                        }
                        break;
                    }
                    (Some(b']'), Bracket::List) | (Some(b'}'), Bracket::Object) => self.close(composer)?,
                    (None, _) => return Err(never_closed(start)),
                    (_, Bracket::List) => {
                        return Err(
                            self.syntax("a \",\" or \"]\" is missing here", "separate the items by commas")
                        );
                    }
                    (_, Bracket::Object) => {
                        return Err(
                            self.syntax("a \",\" or \"}\" is missing here", "separate the fields by commas")
                        );
                    }
                }
            }
        }
    }

    /// A value begins here. False: it is a list or object with something in it, which comes next.
    fn value(&mut self, composer: &mut Composer) -> Result<bool, Failure> {
        let start = self.at;
        match self.peek() {
            Some(b'{') => {
                composer.open_object(Span::new(start, start + 1), 0)?;
                self.open.push((Bracket::Object, start));
                self.at += 1;
                self.skip_blanks();
                if self.peek() != Some(b'}') {
                    self.key(composer)?;
                    return Ok(false);
                }
                self.close(composer)?;
            }
            Some(b'[') => {
                composer.open_list(Span::new(start, start + 1), 0)?;
                self.open.push((Bracket::List, start));
                self.at += 1;
                self.skip_blanks();
                if self.peek() != Some(b']') {
                    return Ok(false);
                }
                self.close(composer)?;
            }
            Some(b'"') => {
                let text = self.string()?;
                composer.scalar(Value::String(text), Span::new(start, self.at), 0)?;
            }
            Some(b'-' | b'0'..=b'9') => {
                let number = self.number()?;
                composer.scalar(Value::Number(number), Span::new(start, self.at), 0)?;
            }
            Some(_) => {
                let value = self.word()?;
                composer.scalar(value, Span::new(start, self.at), 0)?;
            }
            None => {
                let bracket = self.open.last().map_or(start, |&(_, start)| start);
                return Err(never_closed(bracket));
            }
        }
        Ok(true)
    }

    fn close(&mut self, composer: &mut Composer) -> Result<(), Stop> {
        self.at += 1;
        self.open.pop();
        composer.close(Some(self.at))
    }

    /// `"name":`
    fn key(&mut self, composer: &mut Composer) -> Result<(), Failure> {
        self.skip_blanks();
        if self.peek() != Some(b'"') {
            return Err(self
                .syntax("the name of a field, in double quotes, is missing here", "write \"name\": value"));
        }
        let start = self.at;
        let name = self.string()?;
        let span = Span::new(start, self.at);
        self.skip_blanks();
        if self.peek() != Some(b':') {
            return Err(
                self.syntax("a \":\" is missing after the name of the field", "write \"name\": value")
            );
        }
        self.at += 1;
        composer.key(name, span)?;
        Ok(())
    }

    fn string(&mut self) -> Result<String, Failure> {
        let open = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let Some(stop) = rest.find(['"', '\\', '\n', '\r', '\t']) else {
                self.at = open;
                return Err(self.syntax("the quote that opens here is never closed", "close it"));
            };
            text.push_str(rest.get(..stop).unwrap_or_default());
            self.at += stop;
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape()?),
                Some(b'\t') => {
                    return Err(self.syntax("a tab in a JSON text", "write it as \\t"));
                }
                _ => return Err(self.syntax("a JSON text ends on its line", "write \\n for a line break")),
            }
        }
    }

    fn escape(&mut self) -> Result<char, Failure> {
        let start = self.at;
        self.at += 1;
        let letter = self.peek();
        self.at += 1;
        let plain = match letter {
            Some(letter @ (b'"' | b'\\' | b'/')) => char::from(letter),
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(start),
            _ => {
                self.at = start;
                return Err(self.syntax("no such escape in a JSON text", "write \\\\ for a backslash"));
            }
        };
        Ok(plain)
    }

    /// `\uXXXX`, or two of them that are one character together.
    fn unicode(&mut self, start: usize) -> Result<char, Failure> {
        let mut units = [0; 2];
        let mut used = 0;
        while let Some(unit) = units.get_mut(used) {
            let digits = self.rest().get(..4).filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()));
            let Some(value) = digits.and_then(|digits| u16::from_str_radix(digits, 16).ok()) else { break };
            *unit = value;
            used += 1;
            self.at += 4;
            let half = (0xD800..0xDC00).contains(&value);
            if half && used == 1 && self.rest().starts_with("\\u") {
                self.at += 2;
            } else {
                break;
            }
        }
        let decoded = char::decode_utf16(units.into_iter().take(used)).next();
        if let Some(Ok(c)) = decoded {
            return Ok(c);
        }
        self.at = start;
        let help = "write \\u and four hexadecimal digits; two in a row for what is beyond U+FFFF";
        Err(self.syntax("this escape is no character", help))
    }

    fn number(&mut self) -> Result<Number, Failure> {
        let length = self.rest().bytes().take_while(|b| b.is_ascii_digit() || b"+-.eE".contains(b)).count();
        let text = self.rest().get(..length).unwrap_or_default();
        let number = if is_number(text) { parse(text) } else { None };
        let Some(number) = number else {
            return Err(
                self.syntax("this is no JSON number", "write it as 8, -8, 0.5 or 1e3, or in double quotes")
            );
        };
        self.at += length;
        Ok(number)
    }

    fn word(&mut self) -> Result<Value, Failure> {
        let length = self.rest().bytes().take_while(u8::is_ascii_alphabetic).count();
        let value = match self.rest().get(..length).unwrap_or_default() {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            "null" => Value::Null,
            _ => return Err(self.syntax("this is no JSON value", "put a text in double quotes")),
        };
        self.at += length;
        Ok(value)
    }

    fn rest(&self) -> &str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// Whether anything but blanks is left.
    fn skip_blanks(&mut self) -> bool {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
        self.peek().is_some()
    }

    fn syntax(&self, message: &str, help: &str) -> Failure {
        let fault = Diagnostic::error(message).at(Span::new(self.at, self.at));
        Failure::Syntax(Box::new(fault.help(help)))
    }
}

fn never_closed(bracket: usize) -> Failure {
    let fault = Diagnostic::error("the bracket that opens here is never closed");
    let fault = fault.at(Span::new(bracket, bracket + 1));
    Failure::Syntax(Box::new(fault.help("close every [ with ] and every { with }")))
}

/// JSON's grammar of a number, which is narrower than Rust's.
fn is_number(text: &str) -> bool {
    let text = text.strip_prefix('-').unwrap_or(text);
    let leading_zero = text.starts_with('0') && text.as_bytes().get(1).is_some_and(u8::is_ascii_digit);
    let (mantissa, exponent) = text.split_once(['e', 'E']).map_or((text, None), |(m, e)| (m, Some(e)));
    let (whole, fraction) = mantissa.split_once('.').map_or((mantissa, None), |(w, f)| (w, Some(f)));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let exponent = exponent.map(|e| e.strip_prefix(['+', '-']).unwrap_or(e));
    !leading_zero && digits(whole) && fraction.is_none_or(digits) && exponent.is_none_or(digits)
}

/// Every digit of what fits 64 bits, else the nearest float; none where it is beyond that too.
fn parse(text: &str) -> Option<Number> {
    if let Ok(number) = text.parse::<i64>() {
        return Some(number.into());
    }
    if let Ok(number) = text.parse::<u64>() {
        return Some(number.into());
    }
    text.parse::<f64>().ok().filter(|number| number.is_finite()).and_then(scalar::json_number)
}
