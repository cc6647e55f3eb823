//! Every key of [`TrainConfig`] by its leaf name: set from text, compared, explained. The table here is the one that the
//! command line makes its flags of.

use super::config::{ScheduleKind, TrainConfig};
pub use super::key_table::{KEYS, Key};
use crate::data::training::{Growth, SizePlan};
use crate::error::{Error, Result};
use std::sync::LazyLock;
use toml::{Table, Value};

/// Flags of [`KEYS`], in their order: clap wants names that live as long as the program.
static FLAGS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let flag = |key: &Key| match key.name {
        "kind" => "--loss".to_owned(),
        name => format!("--{}", name.replace('_', "-")),
    };
    KEYS.iter().map(flag).collect()
});

impl Key {
    /// Its flag: `--max-steps`.
    pub fn flag(&self) -> &'static str {
        let place = KEYS.iter().position(|key| key.name == self.name);
        place.and_then(|place| FLAGS.get(place)).map_or("", String::as_str)
    }
}

/// The key of that name.
pub fn known(name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.name == name)
}

fn table(config: &TrainConfig) -> Result<Table> {
    Table::try_from(config)
        .map_err(|error| Error::Failed(format!("the training configuration cannot be listed ({error})")))
}

/// Sets a key from text, by the type that its default has: `on`/`off` or `true`/`false`, numbers, words, and `1.0,1.4` for
/// lists.
///
/// # Errors
/// [`Error::Usage`] for an unknown key or a value that it cannot have.
pub fn set(config: &mut TrainConfig, name: &str, text: &str) -> Result<()> {
    let key = known(name)
        .ok_or_else(|| Error::Usage(format!("`{name}` is no key of a training; `train --help` lists them")))?;
    let mut table = table(config)?;
    let place = table.get_mut(key.section).and_then(Value::as_table_mut).and_then(|section| section.get_mut(name));
    let place = place.ok_or_else(|| Error::Failed(format!("`{name}` has no place; report this as a fault")))?;
    let expected = match place {
        Value::Boolean(_) => "on or off",
        Value::Integer(_) => "a whole number",
        Value::Float(_) => "a number",
        Value::Array(_) => "numbers, such as 1.0,1.4",
        _ => "one of the words that --help lists",
    };
    let wrong = || Error::Usage(format!("`{} {text}` cannot be understood; give {expected}", key.flag()));
    *place = parsed(place, text).ok_or_else(wrong)?;
    *config = table.try_into().map_err(|_| wrong())?;
    Ok(())
}

/// Text as a value of the same type as `like`.
fn parsed(like: &Value, text: &str) -> Option<Value> {
    let text = text.trim();
    Some(match like {
        Value::Boolean(_) => Value::Boolean(match text {
            "on" | "true" | "yes" | "" => true,
            "off" | "false" | "no" => false,
            _ => return None,
        }),
        Value::Integer(_) => Value::Integer(text.parse().ok()?),
        Value::Float(_) => Value::Float(text.parse::<f64>().ok().filter(|number| number.is_finite())?),
        Value::Array(items) => {
            let first = items.first()?;
            let parts = text.trim_start_matches('[').trim_end_matches(']').split(',');
            Value::Array(parts.map(|part| parsed(first, part)).collect::<Option<_>>()?)
        }
        _ => Value::String(text.to_owned()),
    })
}

/// The value of a key as text that [`set`] reads.
pub fn get(config: &TrainConfig, name: &str) -> Option<String> {
    let key = known(name)?;
    let table = table(config).ok()?;
    Some(text(table.get(key.section)?.get(name)?))
}

/// The values of all [`KEYS`], in their order: one listing of the configuration instead of one a key.
pub fn all(config: &TrainConfig) -> Vec<String> {
    let table = table(config).unwrap_or_default();
    let at = |key: &Key| table.get(key.section).and_then(|section| section.get(key.name)).map(text);
    KEYS.iter().map(|key| at(key).unwrap_or_default()).collect()
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Boolean(yes) => if *yes { "on" } else { "off" }.to_owned(),
        Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        other => other.to_string(),
    }
}

/// What differs: key, value there, value here.
///
/// # Errors
/// When a configuration cannot be listed: a fault of the program.
pub fn differences(then: &TrainConfig, now: &TrainConfig) -> Result<Vec<(&'static Key, String, String)>> {
    let (then, now) = (table(then)?, table(now)?);
    let at = |table: &Table, key: &Key| table.get(key.section).and_then(|section| section.get(key.name)).cloned();
    let differs = |key: &'static Key| {
        let (then, now) = (at(&then, key)?, at(&now, key)?);
        (then != now).then(|| (key, text(&then), text(&now)))
    };
    Ok(KEYS.iter().filter_map(differs).collect())
}

/// Why the steps behind a run would have been other ones with another number of epochs; `None` where they would not.
fn spread(config: &TrainConfig) -> Option<&'static str> {
    let TrainConfig { data, schedule, .. } = config;
    match data.sizes {
        SizePlan::Range { grow, .. } if grow != Growth::NONE => Some("over which the sizes grow"),
        _ if schedule.schedule == ScheduleKind::OneCycle => Some("over which the one-cycle schedule goes up and down"),
        _ if schedule.warmup > 0.0 => Some("of which --warmup is a share"),
        _ => None,
    }
}

/// Whether a run may be resumed with another configuration: free keys may change, the number of steps only upwards. So may that
/// of epochs, where the steps made so far are the same with more of them.
///
/// # Errors
/// [`Error::Usage`] with every difference that makes it another run.
pub fn resumable(then: &TrainConfig, now: &TrainConfig) -> Result<()> {
    let limit = |steps: usize| if steps == 0 { usize::MAX } else { steps };
    let shorter = |key: &Key| match key.name {
        "epochs" => now.schedule.epochs < then.schedule.epochs,
        "max_steps" => limit(now.schedule.max_steps) < limit(then.schedule.max_steps),
        _ => false,
    };
    let other_steps = |key: &Key| if key.name == "epochs" { spread(then) } else { None };
    let wrong: Vec<String> = differences(then, now)?
        .into_iter()
        .filter(|(key, ..)| !key.free || shorter(key) || other_steps(key).is_some())
        .map(|(key, then, now)| {
            let word = |text: String| if text.is_empty() { "absent".to_owned() } else { text };
            let why = other_steps(key).map_or_else(String::new, |why| format!(", {why}"));
            format!("{} was {} and is now {}{why}", key.flag(), word(then), word(now))
        })
        .collect();
    if wrong.is_empty() {
        return Ok(());
    }
    Err(Error::Usage(format!(
        "the folder holds another run: {}; give the same flags to go on with it, or another --out",
        wrong.join(", ")
    )))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn the_table_has_every_key_once() {
        let table = table(&TrainConfig::default()).unwrap();
        let there: BTreeSet<(String, String)> = table
            .iter()
            .flat_map(|(section, keys)| keys.as_table().unwrap().keys().map(move |key| (section.clone(), key.clone())))
            .collect();
        let listed: BTreeSet<(String, String)> =
            KEYS.iter().map(|key| (key.section.to_owned(), key.name.to_owned())).collect();
        assert_eq!(there, listed);
        let names: BTreeSet<&str> = KEYS.iter().map(|key| key.name).collect();
        assert_eq!(names.len(), KEYS.len(), "leaf names are unique");
    }

    #[test]
    fn every_key_is_set_to_what_it_says_it_is() {
        let mut config = TrainConfig::default();
        let all = all(&config);
        for (key, listed) in KEYS.iter().zip(all) {
            let text = get(&config, key.name).unwrap();
            assert_eq!(text, listed);
            set(&mut config, key.name, &text).unwrap_or_else(|error| panic!("{}: {error}", key.name));
        }
        assert_eq!(config, TrainConfig::default());
    }

    #[test]
    fn text_becomes_a_value_of_the_keys_type_or_a_sentence() {
        let mut config = TrainConfig::default();
        for (name, text) in [("rate", "1e-3"), ("zoom", "1,1.4"), ("usf", "off"), ("gate", "none"), ("batch", "2")] {
            set(&mut config, name, text).unwrap();
        }
        assert_eq!((config.schedule.rate, config.augment.zoom, config.network.usf), (1e-3, [1.0, 1.4], false));
        set(&mut config, "rate", "1").unwrap();
        assert_eq!(config.schedule.rate, 1.0);
        for (name, text) in [
            ("rate", "fast"),
            ("rate", "nan"),
            ("zoom", "320"),
            ("sizes", "small"),
            ("usf", "maybe"),
            ("gate", "all"),
            ("batch", "-1"),
            ("speed", "1"),
        ] {
            let error = set(&mut config, name, text).unwrap_err();
            assert!(error.exit_code() == 2 && error.to_string().contains(name), "{error}");
        }
    }

    #[test]
    fn another_run_is_refused_with_the_difference() {
        let then = TrainConfig::default();
        let mut now = then.clone();
        for (name, text) in [("threads", "1"), ("max_steps", "30"), ("checkpoint_every", "7"), ("device", "cpu")] {
            set(&mut now, name, text).unwrap();
        }
        // Without a limit before, one is fewer steps.
        assert!(resumable(&then, &now).unwrap_err().to_string().contains("--max-steps was 0 and is now 30"));
        resumable(&now, &then).unwrap();
        set(&mut now, "max_steps", "0").unwrap();
        resumable(&then, &now).unwrap();
        set(&mut now, "rate", "0.001").unwrap();
        set(&mut now, "epochs", "3").unwrap();
        let error = resumable(&then, &now).unwrap_err().to_string();
        assert!(error.contains("--rate was 0.0005 and is now 0.001"), "{error}");
        assert!(error.contains("--epochs was 20 and is now 3") && !error.contains("--threads"), "{error}");
    }

    #[test]
    fn more_epochs_go_on_only_where_the_steps_so_far_are_the_same() {
        let growing = "range 35840..143360 aspect 1.2..1.6 multiple 32 grow 0.25 until 0.6";
        let cases = [
            ("one_cycle", "0", "fixed 64x64", Some("--epochs was 20 and is now 30, over which the one-cycle schedule")),
            ("step", "0.1", "fixed 64x64", Some("of which --warmup is a share")),
            ("constant", "0", growing, Some("over which the sizes grow")),
            ("step", "0", "fixed 64x64", None),
            ("constant", "0", "range 35840..143360 aspect 1.2..1.6 multiple 32", None),
        ];
        for (schedule, warmup, sizes, why) in cases {
            let mut then = TrainConfig::default();
            for (name, text) in [("schedule", schedule), ("warmup", warmup), ("sizes", sizes)] {
                set(&mut then, name, text).unwrap();
            }
            let mut now = then.clone();
            set(&mut now, "epochs", "30").unwrap();
            let said = resumable(&then, &now).map_err(|error| error.to_string());
            match why {
                Some(why) => assert!(said.as_ref().unwrap_err().contains(why), "{said:?}"),
                None => said.unwrap(),
            }
        }
    }
}
