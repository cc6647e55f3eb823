//! A configuration as text, and whether it makes sense, as far as that can be said without its data.

use super::TrainConfig;
use crate::depth::DepthUnit;
use crate::error::{Error, Result};
use crate::net::config::ModelConfig;

impl TrainConfig {
    /// Reads TOML; keys that are not there have the default's value.
    ///
    /// # Errors
    /// One sentence with the line when it is no TOML, a key is unknown or a value of another type.
    pub fn from_toml(text: &str) -> Result<Self> {
        toml::from_str(text).map_err(|error| {
            let line = error.span().map_or(0, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            Error::Usage(format!(
                "line {line} of the training configuration is wrong ({}); correct it, `train --help` lists all keys",
                error.message().lines().next().unwrap_or_default()
            ))
        })
    }

    /// All keys as TOML.
    ///
    /// # Errors
    /// When a number is beyond what TOML holds.
    pub fn to_toml(&self) -> Result<String> {
        toml::to_string_pretty(self)
            .map_err(|error| Error::Failed(format!("the training configuration cannot be written ({error})")))
    }

    /// What the trained weights are at the end of the run.
    pub fn model(&self) -> ModelConfig {
        self.model_at(1.0)
    }

    /// What they are with that share of the run done.
    pub fn model_at(&self, done: f64) -> ModelConfig {
        let given = |number: f64| (number > 0.0).then_some(number);
        ModelConfig {
            trained_sizes: self.data.sizes.drawn(done),
            canonical_focal: given(self.augment.canonical_focal),
            own_focal: given(self.augment.own_focal),
            ..ModelConfig::new(self.network.clone(), self.data.unit, self.data.sizes.typical())
        }
    }

    /// Checks every value that can be checked without the data.
    ///
    /// # Errors
    /// [`Error::Usage`] naming the first key that makes no sense, its value and what it may be.
    pub fn validate(&self) -> Result<()> {
        let wrong = |key: &str, value: &dyn std::fmt::Display, may: &str| {
            Err(Error::Usage(format!("`{key} = {value}` makes no sense; give {may}")))
        };
        let Self { data, start, optimizer, schedule, run, .. } = self;
        if !matches!(data.unit, DepthUnit::TenOverMetres | DepthUnit::Metres) {
            return wrong("unit", &data.unit.json_name(), "ten_over_metres or metres");
        }
        data.sizes.check()?;
        if !(1..=4096).contains(&data.batch) {
            return wrong("batch", &data.batch, "1 to 4096");
        }
        if !(0.0..=0.5).contains(&data.val_fraction) {
            return wrong("val_fraction", &data.val_fraction, "0 to 0.5");
        }
        let held_out = [!data.val.is_empty(), !data.val_scenes.is_empty(), data.val_fraction > 0.0];
        if held_out.iter().filter(|given| **given).count() > 1 {
            return Err(Error::Usage("give one of `val`, `val_scenes` and `val_fraction`, not several".into()));
        }
        if data.val_protocol != "auto" && data.val_protocol.parse::<crate::eval::protocol::Protocol>().is_err() {
            return wrong("val_protocol", &data.val_protocol, "auto, or a protocol that `eval` knows");
        }
        let shares = [
            ("beta1", optimizer.beta1),
            ("beta2", optimizer.beta2),
            ("ema", optimizer.ema),
            ("start_share", start.start_share),
        ];
        for (key, beta) in shares {
            if !(0.0..1.0).contains(&beta) {
                return wrong(key, &beta, "0 to below 1");
            }
        }
        let numbers = [
            ("weight_decay", optimizer.weight_decay, 1.0),
            ("encoder_rate", optimizer.encoder_rate, 1e3),
            ("clip", optimizer.clip, 1e12),
            ("warmup", schedule.warmup, 0.99),
            ("step_factor", schedule.step_factor, 1.0),
        ];
        for (key, value, most) in numbers {
            if !(0.0..=most).contains(&value) {
                return wrong(key, &value, &format!("0 to {most}"));
            }
        }
        if !(optimizer.epsilon > 0.0 && optimizer.epsilon < 1.0) {
            return wrong("epsilon", &optimizer.epsilon, "a small number above 0, such as 1e-8");
        }
        if !(schedule.rate > 0.0 && schedule.rate <= 10.0) {
            return wrong("rate", &schedule.rate, "a number above 0 and at most 10, such as 5e-4");
        }
        let counts = [
            ("accumulate", optimizer.accumulate, 1..=4096),
            ("step_epochs", schedule.step_epochs, 1..=1_000_000),
            ("epochs", schedule.epochs, 1..=1_000_000),
            ("threads", run.threads, 1..=64),
        ];
        for (key, value, range) in counts {
            if !range.contains(&value) {
                return wrong(key, &value, &format!("{} to {}", range.start(), range.end()));
            }
        }
        if run.device.parse::<crate::device::DeviceChoice>().is_err() {
            return wrong("device", &run.device, "auto, cpu, gpu, or a number that `devices` lists");
        }
        self.loss.validate()?;
        self.augment.check()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn values_that_make_no_sense_are_refused_by_name() {
        type Case = (&'static str, fn(&mut TrainConfig));
        let cases: [Case; 9] = [
            ("unit", |c| c.data.unit = DepthUnit::Relative),
            ("batch", |c| c.data.batch = 0),
            ("val_fraction", |c| c.data.val_fraction = 1.5),
            ("val_protocol", |c| c.data.val_protocol = "best".into()),
            ("beta1", |c| c.optimizer.beta1 = 1.0),
            ("clip", |c| c.optimizer.clip = f64::NAN),
            ("rate", |c| c.schedule.rate = 0.0),
            ("epochs", |c| c.schedule.epochs = 0),
            ("device", |c| c.run.device = "cuda:0".into()),
        ];
        TrainConfig::default().validate().unwrap();
        for (key, break_it) in cases {
            let mut config = TrainConfig::default();
            break_it(&mut config);
            let error = config.validate().unwrap_err();
            assert!(error.exit_code() == 2 && error.to_string().contains(&format!("`{key} = ")), "{error}");
        }
        let mut two = TrainConfig::default();
        (two.data.val, two.data.val_fraction) = ("nyu:x".into(), 0.1);
        assert!(two.validate().unwrap_err().to_string().contains("not several"));
    }

    #[test]
    fn toml_is_read_back_the_same_and_wrong_lines_are_named() {
        let config = TrainConfig::default();
        assert_eq!(TrainConfig::from_toml(&config.to_toml().unwrap()).unwrap(), config);
        assert_eq!(TrainConfig::from_toml("").unwrap(), config);
        for (text, line) in [("[data]\nbatches = 3\n", "line 2"), ("[schedule]\n\nrate = \"fast\"\n", "line 3")] {
            let error = TrainConfig::from_toml(text).unwrap_err().to_string();
            assert!(error.contains(line), "{error}");
        }
    }
}
