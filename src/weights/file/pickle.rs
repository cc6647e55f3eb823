//! A reader for the small part of Python's pickle language that PyTorch writes (reference.md A.1).
//!
//! It is no interpreter: the few globals that rebuild tensors are known by name, all others stay names and what calls
//! them gives an object without content, so that a file cannot run anything; one that names what only an attack needs
//! is refused. Values live in one arena and refer to each other by index. Hence nothing here recurses,
//! self-references do no harm, and however deep a value nests, neither reading nor dropping it needs stack.

mod globals;
mod rebuild;
mod value;

use super::{Problem, RESAVE};
use value::str_of;

pub(super) use globals::Global;
pub(super) use value::{Element, Item, Pickle, Storage, Tensor, Value};

/// Longest run of operations; a state dict needs about 35 a tensor.
const MAX_OPERATIONS: usize = 4_000_000;
/// Most containers, strings and tensors.
const MAX_ITEMS: usize = 1_000_000;
/// Most values copied out of containers, and most memo entries.
const MAX_COPIES: usize = 4_000_000;
/// Deepest nesting of open containers.
const MAX_MARKS: usize = 1_000;
/// Most dimensions of a tensor.
pub(super) const MAX_RANK: usize = 16;

/// What is wrong with a pickle that is cut, or of which too little was handed over.
pub(super) const ENDS: &str = "ends inside its pickle";

/// Reads the pickle that `bytes` begins with; what follows it is left alone.
pub(super) fn parse(bytes: &[u8]) -> Result<Pickle<'_>, Problem> {
    let mut reader = Reader::new(bytes);
    let root = reader.run()?;
    Ok(Pickle::new(reader.items, root, reader.at))
}

/// The classes that the beginning of a pickle names, in its order, and what stopped the reading.
pub(super) fn survey(bytes: &[u8]) -> (Vec<(&str, &str)>, Option<Problem>) {
    let mut reader = Reader::new(bytes);
    let problem = reader.run().err();
    let classes = reader.items.iter().filter_map(|item| match item {
        Item::Class { module, name } => Some((*module, *name)),
        _ => None,
    });
    (classes.collect(), problem)
}

struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    items: Vec<Item<'a>>,
    stack: Vec<Value>,
    /// Heights of the stack at the open marks.
    marks: Vec<usize>,
    memo: Vec<Option<Value>>,
    copies: usize,
}

type Step<T = ()> = Result<T, Problem>;

fn broken(what: impl std::fmt::Display) -> Problem {
    Problem::damaged(format!("has a damaged pickle ({what})"))
}

fn too_much(what: &str) -> Problem {
    Problem::new(format!("has a pickle with {what} than any weights need"), RESAVE)
}

impl<'a> Reader<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, items: Vec::new(), stack: Vec::new(), marks: Vec::new(), memo: Vec::new(), copies: 0 }
    }

    fn run(&mut self) -> Step<Value> {
        for _ in 0..MAX_OPERATIONS {
            let operation = self.byte()?;
            if operation == b'.' {
                return self.pop();
            }
            self.step(operation)?;
        }
        Err(too_much("more operations"))
    }

    fn step(&mut self, operation: u8) -> Step {
        match operation {
            0x80 => match self.byte()? {
                2..=5 => Ok(()),
                version => Err(Problem::new(format!("is a pickle of protocol {version}"), RESAVE)),
            },
            0x95 => self.number::<8>().map(|_| ()), // a frame's length: no need of it
            b'(' => {
                if self.marks.len() >= MAX_MARKS {
                    return Err(too_much("deeper nesting"));
                }
                self.marks.push(self.stack.len());
                Ok(())
            }
            b'0' => self.pop().map(|_| ()),
            b'1' => self.pop_mark().map(|_| ()),
            b'2' => self.top().map(|value| self.stack.push(value)),
            b'N' => self.push(Value::None),
            0x88 => self.push(Value::Bool(true)),
            0x89 => self.push(Value::Bool(false)),
            b'K' => self.number::<1>().and_then(|n| self.push(Value::Int(n as i64))),
            b'M' => self.number::<2>().and_then(|n| self.push(Value::Int(n as i64))),
            b'J' => self.number::<4>().and_then(|n| self.push(Value::Int(i64::from(n as u32 as i32)))),
            0x8a => self.number::<1>().and_then(|n| self.long(n)),
            0x8b => self.number::<4>().and_then(|n| self.long(n)),
            b'G' => {
                let bits = self.number::<8>()?.swap_bytes(); // the one big-endian number
                self.push(Value::Float(f64::from_bits(bits)))
            }
            b'X' => self.number::<4>().and_then(|n| self.text(n)),
            0x8c => self.number::<1>().and_then(|n| self.text(n)),
            0x8d => self.number::<8>().and_then(|n| self.text(n)),
            // Python 2 strings: text where it is UTF-8.
            b'U' => self.number::<1>().and_then(|n| self.old_text(n)),
            b'T' => self.number::<4>().and_then(|n| self.old_text(n)),
            b'C' => self.number::<1>().and_then(|n| self.blob(n)),
            b'B' => self.number::<4>().and_then(|n| self.blob(n)),
            0x8e | 0x96 => self.number::<8>().and_then(|n| self.blob(n)),
            b')' => self.make(Item::Tuple(Vec::new())),
            b']' | 0x8f => self.make(Item::List(Vec::new())), // a set is read as a list
            b'}' => self.make(Item::Dict(Vec::new())),
            0x85..=0x87 => {
                let from = self
                    .stack
                    .len()
                    .checked_sub(usize::from(operation - 0x84))
                    .ok_or_else(|| broken("an empty stack"))?;
                if self.marks.last().is_some_and(|mark| *mark > from) {
                    return Err(broken("a tuple across a mark"));
                }
                let values = self.stack.split_off(from);
                self.make(Item::Tuple(values))
            }
            b't' => self.pop_mark().and_then(|values| self.make(Item::Tuple(values))),
            b'l' | 0x91 => self.pop_mark().and_then(|values| self.make(Item::List(values))),
            b'd' => {
                let values = self.pop_mark()?;
                self.make(Item::Dict(Vec::new()))?;
                self.extend_dict(&values)
            }
            b'a' => self.pop().and_then(|value| self.extend_list(&[value])),
            b'e' | 0x90 => self.pop_mark().and_then(|values| self.extend_list(&values)),
            b's' => {
                let value = self.pop()?;
                let key = self.pop()?;
                self.extend_dict(&[key, value])
            }
            b'u' => self.pop_mark().and_then(|values| self.extend_dict(&values)),
            b'q' => self.number::<1>().and_then(|n| self.put(n)),
            b'r' => self.number::<4>().and_then(|n| self.put(n)),
            0x94 => self.put(self.memo.len() as u64),
            b'h' => self.number::<1>().and_then(|n| self.get(n)),
            b'j' => self.number::<4>().and_then(|n| self.get(n)),
            b'c' => {
                let module = self.line()?;
                let name = self.line()?;
                self.global(module, name)
            }
            0x93 => {
                let name = self.pop()?;
                let module = self.pop()?;
                match (str_of(&self.items, module), str_of(&self.items, name)) {
                    (Some(module), Some(name)) => self.global(module, name),
                    _ => Err(broken("a global without a name")),
                }
            }
            b'R' | 0x81 => {
                let arguments = self.pop()?;
                let function = self.pop()?;
                self.call(function, arguments)
            }
            0x92 => {
                self.pop()?; // arguments by name
                let arguments = self.pop()?;
                let function = self.pop()?;
                self.call(function, arguments)
            }
            // A state set on an object: a dictionary's `_metadata` and a tensor's hooks say nothing, and to set another
            // object's state would be to run its class.
            b'b' => self.pop().and_then(|_| self.top()).map(|_| ()),
            b'Q' => self.pop().and_then(|id| self.persistent(id)),
            other => {
                Err(Problem::new(format!("has a pickle with operation 0x{other:02x}, which no weights need"), RESAVE))
            }
        }
    }

    // Input.

    fn take(&mut self, count: u64) -> Step<&'a [u8]> {
        let bytes: &'a [u8] = self.bytes;
        let end = usize::try_from(count).ok().and_then(|n| self.at.checked_add(n));
        let slice = end.and_then(|end| bytes.get(self.at..end)).ok_or_else(|| Problem::damaged(ENDS))?;
        self.at += slice.len();
        Ok(slice)
    }

    fn byte(&mut self) -> Step<u8> {
        self.take(1).map(|bytes| bytes[0])
    }

    /// An unsigned little-endian number of `N` bytes, at most 8.
    fn number<const N: usize>(&mut self) -> Step<u64> {
        let bytes = self.take(N as u64)?;
        Ok(bytes.iter().rev().fold(0, |n, byte| n << 8 | u64::from(*byte)))
    }

    fn line(&mut self) -> Step<&'a str> {
        let bytes: &'a [u8] = self.bytes;
        let rest = bytes.get(self.at..).unwrap_or_default();
        let end = rest.iter().take(300).position(|b| *b == b'\n').ok_or_else(|| broken("a global without an end"))?;
        self.at += end + 1;
        std::str::from_utf8(&rest[..end]).map_err(|_| broken("a global that is no text"))
    }

    // Stack.

    fn push(&mut self, value: Value) -> Step {
        self.stack.push(value);
        Ok(())
    }

    fn top(&self) -> Step<Value> {
        self.stack.last().copied().ok_or_else(|| broken("an empty stack"))
    }

    fn pop(&mut self) -> Step<Value> {
        if self.marks.last().is_some_and(|mark| *mark >= self.stack.len()) {
            return Err(broken("an operation across a mark"));
        }
        self.stack.pop().ok_or_else(|| broken("an empty stack"))
    }

    fn pop_mark(&mut self) -> Step<Vec<Value>> {
        let mark = self.marks.pop().ok_or_else(|| broken("a missing mark"))?;
        Ok(self.stack.split_off(mark))
    }

    fn make(&mut self, item: Item<'a>) -> Step {
        if self.items.len() >= MAX_ITEMS {
            return Err(too_much("more objects"));
        }
        let index = self.items.len() as u32; // below MAX_ITEMS
        self.items.push(item);
        self.push(Value::Item(index))
    }

    /// Counts values that are copied, so that one long list cannot be copied a million times.
    fn charge(&mut self, count: usize) -> Step {
        self.copies = self.copies.saturating_add(count);
        if self.copies > MAX_COPIES { Err(too_much("more values")) } else { Ok(()) }
    }

    // Values.

    fn long(&mut self, count: u64) -> Step {
        let bytes = self.take(count)?;
        if bytes.len() > 8 {
            return self.make(Item::Opaque); // only the legacy magic number is that long
        }
        let negative = bytes.last().is_some_and(|byte| byte & 0x80 != 0);
        let mut wide = [if negative { 0xff } else { 0 }; 8];
        wide[..bytes.len()].copy_from_slice(bytes);
        self.push(Value::Int(i64::from_le_bytes(wide)))
    }

    fn text(&mut self, count: u64) -> Step {
        let bytes = self.take(count)?;
        let text = std::str::from_utf8(bytes).map_err(|_| broken("a string that is not UTF-8"))?;
        self.make(Item::Str(text))
    }

    fn old_text(&mut self, count: u64) -> Step {
        let bytes = self.take(count)?;
        self.make(std::str::from_utf8(bytes).map_or(Item::Opaque, Item::Str))
    }

    fn blob(&mut self, count: u64) -> Step {
        self.take(count)?;
        self.make(Item::Opaque)
    }

    fn put(&mut self, index: u64) -> Step {
        let index = usize::try_from(index).ok().filter(|i| *i < MAX_ITEMS).ok_or_else(|| too_much("a larger memo"))?;
        // Python numbers them one after another; a jump is allowed and paid for.
        if index >= self.memo.len() {
            self.charge(index + 1 - self.memo.len())?;
            self.memo.resize(index + 1, None);
        }
        self.memo[index] = Some(self.top()?);
        Ok(())
    }

    fn get(&mut self, index: u64) -> Step {
        let value = usize::try_from(index).ok().and_then(|i| self.memo.get(i).copied().flatten());
        self.push(value.ok_or_else(|| broken("a memo entry that was never set"))?)
    }

    fn extend_list(&mut self, values: &[Value]) -> Step {
        let target = self.top()?;
        match target {
            Value::Item(index) => match self.items.get_mut(index as usize) {
                Some(Item::List(list)) => {
                    list.extend_from_slice(values);
                    Ok(())
                }
                Some(Item::Object(_)) => Ok(()), // what is put into one is gone
                _ => Err(broken("an append to no list")),
            },
            _ => Err(broken("an append to no list")),
        }
    }

    fn extend_dict(&mut self, values: &[Value]) -> Step {
        let (pairs, rest) = values.as_chunks::<2>();
        let target = self.top()?;
        match target {
            Value::Item(index) if rest.is_empty() => match self.items.get_mut(index as usize) {
                Some(Item::Dict(dict)) => {
                    dict.extend(pairs.iter().map(|[key, value]| (*key, *value)));
                    Ok(())
                }
                Some(Item::Object(_)) => Ok(()),
                _ => Err(broken("a key set on no dictionary")),
            },
            _ => Err(broken("a key set on no dictionary")),
        }
    }

    fn global(&mut self, module: &'a str, name: &'a str) -> Step {
        if let Some(global) = Global::named(module, name) {
            return self.push(Value::Global(global));
        }
        if globals::is_dangerous(module, name) {
            let name = class_name((module, name));
            return Err(Problem::new(format!("asks to run `{name}`, and opening weights never executes code"), RESAVE));
        }
        self.make(Item::Class { module, name })
    }
}

/// `module.name`, fit for one line of a terminal.
pub(super) fn class_name((module, name): (&str, &str)) -> String {
    format!("{}.{}", printable(module), printable(name))
}

/// A name from a hostile file, fit for one line of a terminal: nothing that moves the cursor or turns the text around.
pub(super) fn printable(text: &str) -> String {
    let moves = |c: char| {
        c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
    };
    text.chars().take(80).map(|c| if moves(c) { '?' } else { c }).collect()
}
