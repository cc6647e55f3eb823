//! A report as one JSON object.

use super::{ModelRow, Report};
use crate::eval::edges::{EdgeScore, THRESHOLDS};
use crate::eval::sums::{Metric, Scores};
use serde_json::{Map, Value, json};

impl Report {
    /// `{"data", "protocol", "crop", "cap", "scaling", "frames", "skipped": [{"frame", "reason"}], "models": [{"model",
    /// "mean": {"rel", …}, "rows": [{"frame", "rel", …}]}]}`, and what else the table says.
    pub fn json(&self) -> Value {
        let rules = &self.settings.rules;
        json!({
            "title": self.title(),
            "data": self.data,
            "split": self.split,
            "protocol": rules.name,
            "crop": rules.crop.to_string(),
            "cap": rules.cap().map(shortest),
            "scaling": self.scaling(),
            "flip": rules.flip,
            "changed": self.settings.changes(),
            "marks": self.marks(),
            "aggregation": rules.aggregation.title(),
            "asked": self.asked,
            "frames": self.rows.len(),
            "without_ground_truth": self.without_truth,
            "skipped": self.skipped,
            "models": (0..self.models.len()).map(|i| self.model_json(i)).collect::<Vec<_>>(),
        })
    }

    fn model_json(&self, i: usize) -> Value {
        let model = &self.models[i];
        let rows = self.rows.iter().filter_map(|row| {
            let result = row.results.get(i)?;
            let mut object = Map::new();
            object.insert("frame".into(), json!(row.frame));
            if let Some(scene) = &row.scene {
                object.insert("scene".into(), json!(scene));
            }
            object.extend(metrics(&result.sums.scores()?));
            object.extend(extras(result));
            Some(Value::Object(object))
        });
        let ends = self.settings.rules.distances.windows(2);
        let distances: Vec<Value> = ends
            .zip(self.by_distance(i).intervals)
            .map(|(ends, interval)| {
                let [abs, signed, rel] = interval.means().map_or([None; 3], |means| means.map(Some));
                json!({ "from": ends[0], "to": ends[1], "pixels": interval.pixels, "abs": abs, "signed": signed, "rel": rel })
            })
            .collect();
        let edges = self.edges(i).map(|edges| {
            let at = |(threshold, score): (f32, EdgeScore)| {
                let EdgeScore { precision, recall, f1 } = score;
                json!({ "threshold": threshold, "precision": precision, "recall": recall, "f1": f1 })
            };
            THRESHOLDS.into_iter().zip(edges).map(at).collect::<Vec<_>>()
        });
        json!({
            "model": model.name,
            "sha256": model.sha256,
            "architecture": model.title,
            "scaling": model.scaling.to_string(),
            "factors": self.factors(i).map(|[median, deviation]| json!({ "median": median, "deviation": deviation })),
            "trained_on": model.data,
            "seen_in_training": self.saw(i),
            "random_layers": model.random_layers,
            "mean": self.mean(i).map(|scores| Value::Object(metrics(&scores))),
            "edges": edges,
            "distances": distances,
            "rows": rows.collect::<Vec<_>>(),
        })
    }
}

fn metrics(scores: &Scores) -> Map<String, Value> {
    Metric::ALL.into_iter().map(|metric| (metric.key().to_owned(), json!(metric.of(scores)))).collect()
}

fn extras(result: &ModelRow) -> Map<String, Value> {
    let mut extras = Map::new();
    extras.insert("pixels".into(), json!(result.sums.pixels));
    extras.insert("factor".into(), json!(shortest(result.factor)));
    extras.insert("worst".into(), json!(result.worst));
    extras
}

/// An f32 as the f64 that prints alike: 5.4 and not 5.400000095.
fn shortest(value: f32) -> f64 {
    value.to_string().parse().unwrap_or_else(|_| f64::from(value))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::protocol::{Protocol, Settings};
    use crate::eval::report::Skipped;
    use crate::eval::report::tests::report;

    #[test]
    fn the_object_has_what_it_promises() {
        let mut report = report();
        report.skipped.push(Skipped { frame: "x".into(), reason: "is missing".into() });
        let json = report.json();
        assert_eq!(json["data"], "nyu:d");
        assert_eq!(
            (&json["protocol"], &json["cap"], &json["scaling"]),
            (&json!("hu_nyu"), &Value::Null, &json!("none"))
        );
        assert_eq!(json["skipped"], json!([{ "frame": "x", "reason": "is missing" }]));
        assert_eq!(json["frames"], 2);
        let model = &json["models"][1];
        assert_eq!(model["model"], "second, \"cbam\"");
        let mean = report.mean(1).map(|scores| scores.rel);
        assert_eq!(model["mean"]["rel"].as_f64(), mean);
        assert_eq!(model["rows"][1]["frame"], "b & c");
        assert_eq!(model["rows"][1]["pixels"], 4);
        assert_eq!(model["edges"][0]["recall"], 0.25);
        assert_eq!(model["distances"][2]["pixels"], 8);
        report.settings = Settings::published(Protocol::MdEigen);
        assert_eq!((&report.json()["crop"], &report.json()["cap"]), (&json!("garg"), &json!(80.0)));
        assert_eq!(shortest(5.4), 5.4);
    }
}
