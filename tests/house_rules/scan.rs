//! Rust's tokens as far as the rules need them: words, strings and marks with their line; comments, numbers and
//! characters are left out, so that nothing written in them is taken for code.

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// An identifier or keyword, `r#` removed.
    Word(String),
    /// The content of a string literal of any form, escapes as written.
    Text(String),
    /// `::`
    PathSep,
    /// Any other mark, one character each.
    Mark(char),
}

/// A token and where it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Line, from 1.
    pub line: usize,
}

impl Token {
    /// The identifier or keyword, if it is one.
    pub fn word(&self) -> Option<&str> {
        match &self.kind {
            Kind::Word(word) => Some(word),
            _ => None,
        }
    }
}

/// The tokens of a source.
pub fn tokens(text: &str) -> Vec<Token> {
    let mut scan = Scan { chars: text.chars().collect(), at: 0, line: 1, out: Vec::new() };
    while let Some(c) = scan.peek(0) {
        scan.token(c);
    }
    scan.out
}

struct Scan {
    chars: Vec<char>,
    at: usize,
    line: usize,
    out: Vec<Token>,
}

impl Scan {
    fn peek(&self, ahead: usize) -> Option<char> {
        self.chars.get(self.at + ahead).copied()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek(0)?;
        self.at += 1;
        self.line += usize::from(c == '\n');
        Some(c)
    }

    fn push(&mut self, kind: Kind, line: usize) {
        self.out.push(Token { kind, line });
    }

    fn token(&mut self, c: char) {
        match c {
            '/' if self.peek(1) == Some('/') => while self.next().is_some_and(|c| c != '\n') {},
            '/' if self.peek(1) == Some('*') => self.block_comment(),
            '"' => self.string(),
            '\'' => self.character_or_lifetime(),
            ':' if self.peek(1) == Some(':') => {
                self.push(Kind::PathSep, self.line);
                self.at += 2;
            }
            _ if c.is_alphabetic() || c == '_' => self.word(),
            _ if c.is_ascii_digit() => self.number(),
            _ => {
                if !c.is_whitespace() {
                    self.push(Kind::Mark(c), self.line);
                }
                self.next();
            }
        }
    }

    /// Block comments nest.
    fn block_comment(&mut self) {
        let mut depth = 0;
        loop {
            match (self.next(), self.peek(0)) {
                (Some('/'), Some('*')) => depth += 1,
                (Some('*'), Some('/')) => depth -= 1,
                (None, _) => return,
                _ => continue,
            }
            self.next();
            if depth == 0 {
                return;
            }
        }
    }

    /// A string with escapes; the scan stands on its opening quote.
    fn string(&mut self) {
        let line = self.line;
        let mut text = String::new();
        self.next();
        while let Some(c) = self.next() {
            match c {
                '"' => break,
                '\\' => {
                    text.push(c);
                    text.extend(self.next());
                }
                _ => text.push(c),
            }
        }
        self.push(Kind::Text(text), line);
    }

    /// A string that ends with its quote and as many `#` as it began with; the scan stands on the first of them.
    fn raw_string(&mut self, hashes: usize) {
        let line = self.line;
        self.at += hashes + 1;
        let mut text = String::new();
        while let Some(c) = self.next() {
            if c == '"' && (0..hashes).all(|i| self.peek(i) == Some('#')) {
                self.at += hashes;
                break;
            }
            text.push(c);
        }
        self.push(Kind::Text(text), line);
    }

    /// `'a'` and `'\n'` are characters, `'a` is a lifetime; both are skipped.
    fn character_or_lifetime(&mut self) {
        let escaped = self.peek(1) == Some('\\');
        self.next();
        if escaped {
            self.next();
            self.next();
            while self.next().is_some_and(|c| c != '\'') {}
        } else if self.peek(1) == Some('\'') {
            self.next();
            self.next();
        } else {
            while self.peek(0).is_some_and(|c| c.is_alphanumeric() || c == '_') {
                self.next();
            }
        }
    }

    /// An identifier, or a prefix of a string (`r`, `b`, `br`, `c`, `cr`) or of a raw identifier.
    fn word(&mut self) {
        let line = self.line;
        let mut word = String::new();
        while let Some(c) = self.peek(0).filter(|c| c.is_alphanumeric() || *c == '_') {
            word.push(c);
            self.next();
        }
        let hashes = (0..).take_while(|i| self.peek(*i) == Some('#')).count();
        match word.as_str() {
            "r" | "br" | "cr" if self.peek(hashes) == Some('"') => self.raw_string(hashes),
            "b" | "c" if self.peek(0) == Some('"') => self.string(),
            "b" if self.peek(0) == Some('\'') => self.character_or_lifetime(),
            "r" if hashes == 1 => {
                self.next();
                self.word();
            }
            _ => self.push(Kind::Word(word), line),
        }
    }

    /// Digits with whatever letters follow (`0x1f`, `1e-3`, `1u8`); a range or a method after it is not eaten.
    fn number(&mut self) {
        while let Some(c) = self.peek(0) {
            let fraction = c == '.' && self.peek(1).is_some_and(|c| c.is_ascii_digit());
            if !(c.is_alphanumeric() || c == '_' || fraction) {
                return;
            }
            self.next();
        }
    }
}
