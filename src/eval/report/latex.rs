//! A report's table as LaTeX, for a paper: plain `tabular`, no package needed.

use super::Report;
use super::table::{COLUMNS, printed};
use crate::eval::sums::Metric;
use std::fmt::Write;

impl Report {
    /// The table with its title as the caption.
    pub fn latex(&self) -> String {
        let mut text = String::from("\\begin{table}\n\\centering\n");
        let _ = writeln!(text, "\\caption{{{}}}", escaped(&self.title()));
        let _ = writeln!(text, "\\begin{{tabular}}{{l{}}}\n\\hline", "r".repeat(COLUMNS.len()));
        for metric in COLUMNS {
            let _ = write!(text, " & {}", heading(metric));
        }
        text += " \\\\\n\\hline\n";
        for group in self.groups() {
            let about = escaped(&format!("{}: {}", group.title, group.protocol));
            let _ = writeln!(text, "\\multicolumn{{{}}}{{l}}{{\\emph{{{about}}}}} \\\\", COLUMNS.len() + 1);
            for line in &group.lines {
                let mut name = escaped(&line.name);
                if group.ours {
                    name = format!("\\textbf{{{name}}}");
                }
                if !line.note.is_empty() {
                    let _ = write!(name, " ({})", escaped(&line.note));
                }
                text += &name;
                for (metric, value) in COLUMNS.into_iter().zip(line.values) {
                    let _ = write!(text, " & {}", escaped(&printed(metric, value)));
                }
                text += " \\\\\n";
            }
            text += "\\hline\n";
        }
        text += "\\end{tabular}\n";
        for note in self.notes() {
            let _ = writeln!(text, "\n\\noindent {}", escaped(&note));
        }
        text + "\\end{table}\n"
    }
}

fn heading(metric: Metric) -> &'static str {
    match metric {
        Metric::Log10 => "$\\log_{10}$",
        Metric::D1 => "$\\delta_1$",
        Metric::D2 => "$\\delta_2$",
        Metric::D3 => "$\\delta_3$",
        other => other.title(),
    }
}

/// A text with the characters that mean something to LaTeX, or that its old fonts lack, written out.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' => out += "\\textbackslash{}",
            '{' | '}' | '$' | '&' | '#' | '_' | '%' => {
                out.push('\\');
                out.push(c);
            }
            '~' => out += "\\textasciitilde{}",
            '^' => out += "\\textasciicircum{}",
            '–' => out += "--",
            '·' => out += "$\\cdot$",
            '×' => out += "$\\times$",
            '≤' => out += "$\\le$",
            'δ' => out += "$\\delta$",
            'ᵏ' => out += "$^k$",
            '†' => out += "\\dag{}",
            '"' => out += "''",
            '\n' | '\r' => out.push(' '),
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::report::tests::report;

    #[test]
    fn rows_have_their_cells_and_nothing_unescaped() {
        let text = report().latex();
        let rows: Vec<&str> = text.lines().filter(|line| line.ends_with("\\\\") && line.contains(" & ")).collect();
        assert!(rows.len() > 20 && rows.iter().all(|row| row.matches(" & ").count() == 9), "{text}");
        assert!(text.contains("\\textbf{first\\_eda} & 0.2000"), "{text}");
        assert!(text.contains("MSFNet & 0.1180 & -- & 0.5310"));
        assert_eq!(text.matches('{').count(), text.matches('}').count());
        assert!(text.is_ascii(), "{text}");
        assert_eq!(escaped("50 % of a_b\\{x}"), "50 \\% of a\\_b\\textbackslash{}\\{x\\}");
    }
}
