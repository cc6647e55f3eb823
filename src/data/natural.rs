//! [`natural`]: names in the order in which people count.

use std::cmp::Ordering;

/// Orders names as people count: `2` before `10`, capitals like small letters.
pub fn natural(a: &str, b: &str) -> Ordering {
    let (mut x, mut y) = (a, b);
    loop {
        let (Some(p), Some(q)) = (x.chars().next(), y.chars().next()) else {
            // One name is at its end; equal ones (`01` and `1`, `A` and `a`) get any fixed order.
            return x.len().cmp(&y.len()).then_with(|| a.cmp(b));
        };
        let order = if p.is_ascii_digit() && q.is_ascii_digit() {
            let (number_x, number_y);
            (number_x, x) = number(x);
            (number_y, y) = number(y);
            number_x.len().cmp(&number_y.len()).then_with(|| number_x.cmp(number_y))
        } else {
            (x, y) = (&x[p.len_utf8()..], &y[q.len_utf8()..]);
            p.to_lowercase().cmp(q.to_lowercase())
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// The digits at the start without leading zeros, and what follows them.
fn number(s: &str) -> (&str, &str) {
    let end = s.find(|c: char| !c.is_ascii_digit()).unwrap_or(s.len());
    let (digits, rest) = s.split_at(end);
    (digits.trim_start_matches('0'), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_count_and_capitals_do_not() {
        let mut names = ["b.png", "img10.png", "A.png", "img9.png", "img009.png", "img.png", "Img1.png"];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(names, ["A.png", "b.png", "img.png", "Img1.png", "img009.png", "img9.png", "img10.png"]);
        // Longer than any integer type.
        assert_eq!(natural("99999999999999999999999", "100000000000000000000000"), Ordering::Less);
        assert_eq!(natural("é1", "é2"), Ordering::Less);
        assert_eq!(natural("same", "same"), Ordering::Equal);
    }
}
