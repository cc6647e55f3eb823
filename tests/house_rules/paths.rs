//! The paths that a file names: every `use` tree flattened, and every inline path of two segments or more, with
//! `crate`, `self` and `super` resolved by the module in which they stand.

use super::scan::{Kind, Token};

/// A path as a file names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Segments; one inside this crate begins with `crate`. A glob ends with `*`.
    pub segments: Vec<String>,
    /// Line, from 1.
    pub line: usize,
    /// True in a module named `tests` or `…_tests`.
    pub in_tests: bool,
    /// True when a `!` follows: a macro, which `#[macro_export]` lifts to the crate's root.
    pub is_macro: bool,
}

/// The module path of a file in `src/`, `crate` first: `src/net/config.rs` is `crate, net, config`.
pub fn module_of(path: &str) -> Vec<String> {
    let below = path.strip_prefix("src/").unwrap_or(path).trim_end_matches(".rs");
    let mut module = vec!["crate".to_owned()];
    module.extend(below.split('/').map(str::to_owned));
    if module.last().is_some_and(|last| ["mod", "lib", "main"].contains(&last.as_str())) {
        module.pop();
    }
    module
}

/// Every path that the tokens of a file name, in their order.
pub fn named(tokens: &[Token], module: &[String]) -> Vec<Named> {
    let mut walk = Walk { tokens, at: 0, module: module.to_vec(), open: Vec::new(), out: Vec::new() };
    walk.run();
    walk.out
}

struct Walk<'a> {
    tokens: &'a [Token],
    at: usize,
    /// The file's module, then the inline modules that are open.
    module: Vec<String>,
    /// One entry an open brace: whether it opened an inline module.
    open: Vec<bool>,
    out: Vec<Named>,
}

impl Walk<'_> {
    fn kind(&self, ahead: usize) -> Option<&Kind> {
        self.tokens.get(self.at + ahead).map(|t| &t.kind)
    }

    fn word(&self, ahead: usize) -> Option<String> {
        self.tokens.get(self.at + ahead)?.word().map(str::to_owned)
    }

    fn is(&self, ahead: usize, mark: char) -> bool {
        self.kind(ahead) == Some(&Kind::Mark(mark))
    }

    fn run(&mut self) {
        while let Some(kind) = self.kind(0) {
            match kind {
                Kind::Mark('{') => self.brace(false),
                Kind::Mark('}') => {
                    if self.open.pop() == Some(true) {
                        self.module.pop();
                    }
                    self.at += 1;
                }
                Kind::Word(word) => match word.as_str() {
                    "mod" if self.is(2, '{') => {
                        let name = self.word(1).unwrap_or_default();
                        self.at += 2;
                        self.module.push(name);
                        self.brace(true);
                    }
                    // `impl Trait + use<'a>` imports nothing.
                    "use" if !self.is(1, '<') => {
                        self.at += 1;
                        self.tree(&[]);
                    }
                    _ => self.inline(),
                },
                _ => self.at += 1,
            }
        }
    }

    fn brace(&mut self, module: bool) {
        self.open.push(module);
        self.at += 1;
    }

    /// A path in the middle of code; a lone word is none.
    fn inline(&mut self) {
        let line = self.tokens[self.at].line;
        let mut segments: Vec<String> = self.word(0).into_iter().collect();
        self.at += 1;
        while self.kind(0) == Some(&Kind::PathSep) {
            let Some(word) = self.word(1) else { break };
            segments.push(word);
            self.at += 2;
        }
        if segments.len() > 1 {
            self.push(segments, line);
        }
    }

    /// One branch of a `use` tree, up to but without the `,`, `}` or `;` behind it.
    fn tree(&mut self, prefix: &[String]) {
        let mut segments = prefix.to_vec();
        let mut line = self.tokens.get(self.at).map_or(0, |t| t.line);
        loop {
            match self.kind(0).cloned() {
                Some(Kind::Word(word)) if word == "as" => self.at += 2,
                Some(Kind::Word(word)) => {
                    line = self.tokens[self.at].line;
                    segments.push(word);
                    self.at += 1;
                }
                Some(Kind::Mark('*')) => {
                    segments.push("*".to_owned());
                    self.at += 1;
                }
                Some(Kind::PathSep) => self.at += 1,
                Some(Kind::Mark('{')) => {
                    self.at += 1;
                    while self.kind(0).is_some() && !self.is(0, '}') {
                        self.tree(&segments);
                        if self.is(0, ',') {
                            self.at += 1;
                        }
                    }
                    self.at += 1;
                    return;
                }
                Some(Kind::Mark(',' | '}' | ';')) | None => break,
                // Nothing else may stand in a tree; step over it rather than hang.
                Some(_) => self.at += 1,
            }
        }
        if segments.len() > prefix.len() {
            self.push(segments, line);
        }
    }

    fn push(&mut self, segments: Vec<String>, line: usize) {
        let in_tests = self.module.iter().any(|name| name == "tests" || name.ends_with("_tests"));
        let segments = self.resolved(&segments);
        self.out.push(Named { segments, line, in_tests, is_macro: self.is(0, '!') });
    }

    fn resolved(&self, segments: &[String]) -> Vec<String> {
        let mut base = match segments[0].as_str() {
            "crate" | "msfnet_studio" => vec!["crate".to_owned()],
            "self" | "super" => self.module.clone(),
            _ => return segments.to_vec(),
        };
        let mut rest = segments;
        while let Some((first, others)) = rest.split_first() {
            match first.as_str() {
                "crate" | "msfnet_studio" | "self" => {}
                "super" => {
                    if base.len() > 1 {
                        base.pop();
                    }
                }
                _ => break,
            }
            rest = others;
        }
        // `use crate::a::{self}` names `crate::a`.
        base.extend(rest.iter().filter(|s| *s != "self").cloned());
        base
    }
}
