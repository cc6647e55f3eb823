//! A file against an architecture, tensor by tensor, and the likeliest partner of each tensor that has none.

use super::report::{Check, Fit, KeyFault, KeyRow};
use crate::error::Result;
use crate::weights::Opened;
use crate::weights::arch::{Arch, Shapes};
use crate::weights::identity::{Identity, shapes_of};
use crate::weights::keys;
use std::collections::{BTreeMap, BTreeSet};

/// Candidates that are compared with one name, comparisons in all, and the longest name that is compared: hostile files
/// must not take minutes.
const MOST_CANDIDATES: usize = 2000;
const MOST_COMPARISONS: usize = 2_000_000;
const LONGEST_NAME: usize = 256;

/// The tensors of a file as an architecture sees them: an encoder's without their prefix where an encoder is looked
/// for, with it where a depth network is.
pub fn seen_by(arch: &Arch, opened: &Opened) -> Shapes {
    let shapes = shapes_of(&opened.tensors);
    match (arch, &opened.identity) {
        (Arch::Encoder(_), Identity::Encoder { prefix, .. }) => without(shapes, prefix),
        (Arch::Encoder(_), Identity::Network(_)) => {
            let prefix = if shapes.keys().any(|name| name.starts_with("E.")) { "E." } else { "encoder." };
            without(shapes, prefix)
        }
        (Arch::Network(network), Identity::Encoder { prefix, .. }) => {
            let root = super::start_prefix(network);
            without(shapes, prefix).into_iter().map(|(name, shape)| (format!("{root}{name}"), shape)).collect()
        }
        _ => shapes,
    }
}

fn without(shapes: Shapes, prefix: &str) -> Shapes {
    let bare = |(name, shape): (String, Vec<usize>)| match name.strip_prefix(prefix) {
        Some(rest) => (rest.to_owned(), shape),
        None => (name, shape),
    };
    shapes.into_iter().map(bare).collect()
}

/// Counts how well a file fits.
///
/// # Errors
/// When the architecture cannot be built.
pub fn fit(arch: &Arch, opened: &Opened) -> Result<Fit> {
    Ok(count(arch, &arch.shapes()?, &seen_by(arch, opened)))
}

fn count(arch: &Arch, expected: &Shapes, found: &Shapes) -> Fit {
    let (mut matched, mut misshaped) = (0, 0);
    for (name, shape) in expected {
        match found.get(name) {
            Some(have) if have == shape => matched += 1,
            Some(_) => misshaped += 1,
            None => {}
        }
    }
    let unexpected = found.keys().filter(|name| !expected.contains_key(*name) && !keys::is_unneeded(name)).count();
    Fit { arch: arch.name(), title: arch.title(), expected: expected.len(), matched, misshaped, unexpected }
}

/// Compares tensor by tensor.
///
/// # Errors
/// When the architecture cannot be built.
pub fn check(arch: &Arch, opened: &Opened) -> Result<Check> {
    let (expected, found) = (arch.shapes()?, seen_by(arch, opened));
    let fit = count(arch, &expected, &found);
    let missing: Vec<&String> = expected.keys().filter(|name| !found.contains_key(*name)).collect();
    let extra: Vec<&String> = found.keys().filter(|name| !expected.contains_key(*name)).collect();
    let unexpected: Vec<&String> = extra.iter().filter(|name| !keys::is_unneeded(name)).copied().collect();
    let partners = partners(&missing, &expected, &unexpected, &found);
    let back: BTreeMap<&str, &str> = partners.iter().map(|(a, b)| (*b, *a)).collect();

    let mut rows = Vec::new();
    for name in &missing {
        let likeliest = partners.get(name.as_str()).map(|partner| (*partner).to_owned());
        let expected = expected.get(*name).cloned();
        rows.push(KeyRow { fault: KeyFault::Missing, name: (*name).clone(), expected, found: None, likeliest });
    }
    for (name, shape) in &expected {
        if let Some(have) = found.get(name).filter(|have| *have != shape) {
            let (expected, found) = (Some(shape.clone()), Some(have.clone()));
            rows.push(KeyRow { fault: KeyFault::Misshaped, name: name.clone(), expected, found, likeliest: None });
        }
    }
    for name in extra {
        let fault = if keys::is_unneeded(name) { KeyFault::Unneeded } else { KeyFault::Unexpected };
        let likeliest = back.get(name.as_str()).map(|partner| (*partner).to_owned());
        rows.push(KeyRow { fault, name: name.clone(), expected: None, found: found.get(name).cloned(), likeliest });
    }
    rows.sort_by(|a, b| (a.fault, &a.name).cmp(&(b.fault, &b.name)));
    let lost = rows.iter().filter(|row| matches!(row.fault, KeyFault::Missing | KeyFault::Misshaped));
    let random: BTreeSet<&str> = lost.map(|row| layer_of(&row.name)).collect();
    let random = random.into_iter().map(str::to_owned).collect();
    Ok(Check { fit, rows, random, renamed: opened.renamed.clone() })
}

/// The layer that a tensor belongs to: its name without the last part.
pub fn layer_of(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(layer, _)| layer)
}

/// For each missing tensor the unexpected one that it most likely is: the same shape, and the name most alike. Each
/// tensor is given away once, the most alike pair first.
fn partners<'a>(
    missing: &[&'a String],
    expected: &Shapes,
    unexpected: &[&'a String],
    found: &Shapes,
) -> BTreeMap<&'a str, &'a str> {
    let mut by_shape: BTreeMap<&[usize], Vec<&'a str>> = BTreeMap::new();
    for name in unexpected.iter().filter(|name| name.len() <= LONGEST_NAME) {
        let list = by_shape.entry(found.get(*name).map_or(&[], Vec::as_slice)).or_default();
        if list.len() < MOST_CANDIDATES {
            list.push(name.as_str());
        }
    }
    let (mut pairs, mut left) = (Vec::new(), MOST_COMPARISONS);
    for name in missing {
        let shape = expected.get(*name).map_or(&[][..], Vec::as_slice);
        let candidates = by_shape.get(shape).map_or(&[][..], Vec::as_slice);
        let candidates = &candidates[..candidates.len().min(left)];
        left -= candidates.len();
        let mut own: Vec<(usize, &'a str)> = candidates
            .iter()
            .map(|other| (likeness(name, other), *other))
            .filter(|(likeness, _)| *likeness > 0)
            .collect();
        own.sort_by(|a, b| b.0.cmp(&a.0).then(a.1.cmp(b.1)));
        pairs.extend(own.into_iter().take(8).map(|(likeness, other)| (likeness, name.as_str(), other)));
    }
    pairs.sort_by(|a, b| b.0.cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
    let (mut given, mut partners) = (BTreeSet::new(), BTreeMap::new());
    for (_, name, other) in pairs {
        if !partners.contains_key(name) && given.insert(other) {
            partners.insert(name, other);
        }
    }
    partners
}

/// How alike two names are: segments they share at the end count most (`conv1.weight`), then those at the start, then
/// all others in order. 0 when not even the last segment is the same.
fn likeness(a: &str, b: &str) -> usize {
    let (a, b): (Vec<&str>, Vec<&str>) = (a.split('.').collect(), b.split('.').collect());
    if a.last() != b.last() {
        return 0;
    }
    let tail = a.iter().rev().zip(b.iter().rev()).take_while(|(x, y)| x == y).count();
    let head = a.iter().zip(&b).take_while(|(x, y)| x == y).count();
    let shared = a.iter().filter(|segment| b.contains(segment)).count();
    100 * tail + 30 * head + 10 * shared + 10usize.saturating_sub(a.len().abs_diff(b.len()))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn partners_have_the_same_shape_and_the_likest_name() {
        let shapes = |list: &[(&str, &[usize])]| -> Shapes {
            list.iter().map(|(name, shape)| ((*name).to_owned(), shape.to_vec())).collect()
        };
        let expected = shapes(&[("up1.convA.weight", &[4, 2]), ("up2.convA.weight", &[4, 2]), ("lone.bias", &[9])]);
        let found = shapes(&[("dec.up1.convA.weight", &[4, 2]), ("dec.up2.convA.weight", &[4, 2]), ("x.bias", &[8])]);
        let (missing, unexpected): (Vec<_>, Vec<_>) = (expected.keys().collect(), found.keys().collect());
        let partners = partners(&missing, &expected, &unexpected, &found);
        assert_eq!(partners["up1.convA.weight"], "dec.up1.convA.weight");
        assert_eq!(partners["up2.convA.weight"], "dec.up2.convA.weight");
        assert!(!partners.contains_key("lone.bias"), "another shape is never a partner");
    }
}
