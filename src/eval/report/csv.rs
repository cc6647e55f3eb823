//! A report as tables of comma-separated values (RFC 4180): numbers with all their digits.

use super::Report;
use super::table::COLUMNS;
use crate::eval::sums::Metric;
use std::fmt::Write;

impl Report {
    /// One line an image and model: all metrics, the factor, the pixels that counted.
    pub fn csv_images(&self) -> String {
        let mut text = String::from("model,frame,scene");
        for metric in Metric::ALL {
            let _ = write!(text, ",{}", metric.key());
        }
        text += ",pixels,factor,worst_x,worst_y,seen_in_training\n";
        for (i, model) in self.models.iter().enumerate() {
            for row in &self.rows {
                let Some((result, scores)) = row.results.get(i).and_then(|r| Some((r, r.sums.scores()?))) else {
                    continue;
                };
                let scene = row.scene.as_deref().unwrap_or_default();
                let _ = write!(text, "{},{},{}", field(&model.name), field(&row.frame), field(scene));
                for metric in Metric::ALL {
                    let _ = write!(text, ",{}", metric.of(&scores));
                }
                let [x, y] = result.worst;
                let _ = writeln!(text, ",{},{},{x},{y},{}", result.sums.pixels, result.factor, result.seen);
            }
        }
        text
    }

    /// One line an image, model and metric.
    pub fn csv_metrics(&self) -> String {
        let mut text = String::from("model,frame,metric,value\n");
        for (i, model) in self.models.iter().enumerate() {
            for row in &self.rows {
                let Some(scores) = row.results.get(i).and_then(|result| result.sums.scores()) else { continue };
                for metric in Metric::ALL {
                    let (model, frame) = (field(&model.name), field(&row.frame));
                    let _ = writeln!(text, "{model},{frame},{},{}", metric.key(), metric.of(&scores));
                }
            }
        }
        text
    }

    /// The table: our rows and the published ones.
    pub fn csv_table(&self) -> String {
        let mut text = String::from("group,protocol,method,note");
        for metric in COLUMNS {
            let _ = write!(text, ",{}", metric.key());
        }
        text.push('\n');
        for group in self.groups() {
            for line in &group.lines {
                let head = [&group.title, &group.protocol, &line.name, &line.note].map(|text| field(text));
                text += &head.join(",");
                for value in line.values {
                    let _ = write!(text, ",{}", value.map_or_else(String::new, |value| value.to_string()));
                }
                text.push('\n');
            }
        }
        text
    }

    /// Error by true distance: one line a model and interval.
    pub fn csv_distances(&self) -> String {
        let mut text = String::from("model,from_m,to_m,pixels,mean_abs_m,mean_signed_m,mean_rel\n");
        let ends = self.settings.rules.distances;
        for (i, model) in self.models.iter().enumerate() {
            for (pair, interval) in ends.windows(2).zip(self.by_distance(i).intervals) {
                let means = interval
                    .means()
                    .map_or_else(|| ",,".to_owned(), |[abs, signed, rel]| format!("{abs},{signed},{rel}"));
                let _ = writeln!(text, "{},{},{},{},{means}", field(&model.name), pair[0], pair[1], interval.pixels);
            }
        }
        text
    }
}

/// A text as a field, in quotes where it needs them.
fn field(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text.to_owned() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::eval::report::tests::report;

    #[test]
    fn every_line_has_the_columns_of_its_head_and_names_are_quoted() {
        let report = report();
        let images = report.csv_images();
        let lines: Vec<&str> = images.lines().collect();
        assert_eq!(lines.len(), 1 + 2 * 2);
        assert!(lines[0].starts_with("model,frame,scene,rel,sq_rel,rmse"));
        assert_eq!(lines[1].split(',').count(), lines[0].split(',').count());
        assert!(lines[3].starts_with("\"second, \"\"cbam\"\"\",a,office_0003,0."), "{}", lines[3]);
        let metrics = report.csv_metrics();
        assert_eq!(metrics.lines().count(), 1 + 2 * 2 * 11);
        // The number in the file is the number in the array.
        let rel: f64 =
            metrics.lines().find_map(|line| line.strip_prefix("first_eda,b & c,rel,")).unwrap().parse().unwrap();
        assert_eq!(rel, report.rows[1].results[0].sums.scores().unwrap().rel);
    }

    #[test]
    fn distances_and_the_table() {
        let report = report();
        let distances = report.csv_distances();
        assert_eq!(distances.lines().count(), 1 + 2 * 10);
        assert!(distances.contains("first_eda,0,1,0,,,\n"), "{distances}");
        let abs = distances.lines().find_map(|line| line.strip_prefix("first_eda,2,3,8,")).unwrap();
        assert!((abs.split(',').next().unwrap().parse::<f64>().unwrap() - 0.4).abs() < 1e-6, "{abs}");
        let table = report.csv_table();
        assert!(table.contains("Table I · NYU Depth V2") && table.contains(",MSFNet,,0.118,,0.531,,0.051,,0.865"));
    }
}
