//! How a [`SizePlan`] is written, in recipes and on the command line.

use super::crop::pixels;
use super::sizes::{Extra, Growth, Others, SizePlan};
use crate::error::{Error, Result};
use std::fmt;
use std::str::FromStr;

/// Two plans, for whoever wrote none.
pub(super) const EXAMPLE: &str = "fixed 304x228\" or \"range 35840..143360 aspect 1.2..1.6 multiple 32";

/// `1.2..1.6`, or one number for both ends.
fn range<T: FromStr + Copy>(text: &str) -> Option<[T; 2]> {
    let (low, high) = text.split_once("..").unwrap_or((text, text));
    Some([low.parse().ok()?, high.parse().ok()?])
}

impl FromStr for SizePlan {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let wrong = || Error::Usage(format!("sizes = {text:?} is not understood; write such as \"{EXAMPLE}\""));
        let words: Vec<&str> = text.split_whitespace().collect();
        let plan = match words[..] {
            ["fixed", size] => Self::Fixed(pixels(size).ok_or_else(wrong)?),
            ["range", area, "aspect", aspect, ref rest @ ..] => {
                let (multiple, rest) = match rest {
                    ["multiple", n, rest @ ..] => (n.parse().map_err(|_| wrong())?, rest),
                    rest => (32, rest),
                };
                let number = |text: &str| text.parse::<f64>().map_err(|_| wrong());
                let (grow, rest) = match rest {
                    ["grow", from, "until", until, rest @ ..] => {
                        (Growth { from: number(from)?, until: number(until)? }, rest)
                    }
                    rest => (Growth::NONE, rest),
                };
                let extra = match rest {
                    [] => None,
                    ["with", "multiple", n, "share", share] => {
                        let sizes = Others::Multiples(n.parse().map_err(|_| wrong())?);
                        Some(Extra { sizes, share: number(share)? })
                    }
                    ["with", size, "share", share] => {
                        let sizes = Others::One(pixels(size).ok_or_else(wrong)?);
                        Some(Extra { sizes, share: number(share)? })
                    }
                    _ => return Err(wrong()),
                };
                let (area, aspect) = (range(area).ok_or_else(wrong)?, range(aspect).ok_or_else(wrong)?);
                Self::Range { area, aspect, multiple, grow, extra }
            }
            _ => return Err(wrong()),
        };
        plan.check()?;
        Ok(plan)
    }
}

impl fmt::Display for SizePlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fixed([w, h]) => write!(f, "fixed {w}x{h}"),
            Self::Range { area: [a, b], aspect: [c, d], multiple, grow: Growth { from, until }, extra } => {
                write!(f, "range {a}..{b} aspect {c}..{d} multiple {multiple}")?;
                if *from < 1.0 {
                    write!(f, " grow {from} until {until}")?;
                }
                match extra {
                    Some(Extra { sizes: Others::One([w, h]), share }) => write!(f, " with {w}x{h} share {share}"),
                    Some(Extra { sizes: Others::Multiples(n), share }) => write!(f, " with multiple {n} share {share}"),
                    None => Ok(()),
                }
            }
        }
    }
}

impl TryFrom<String> for SizePlan {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<SizePlan> for String {
    fn from(plan: SizePlan) -> Self {
        plan.to_string()
    }
}
