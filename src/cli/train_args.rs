//! The arguments of `train`: a few of its own, and one flag for every key of the configuration, made from the table of keys.

use crate::data::dataset::sources::AND;
use crate::error::{Error, Result};
use crate::train::keys::{self, KEYS};
use crate::train::presets::{PRESETS, preset};
use crate::train::{TrainConfig, folder::RunFolder};
use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use std::path::PathBuf;

/// Arguments of `train`.
#[derive(Debug, Clone, Default)]
pub struct TrainArgs {
    /// `--preset`.
    pub preset: Option<String>,
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--out`.
    pub out: Option<PathBuf>,
    /// `--seeds`: runs of the last three rows of `table3`.
    pub seeds: usize,
    /// `--dry-run`.
    pub dry_run: bool,
    /// `--json`.
    pub json: bool,
    /// Keys that were given as flags, with their text.
    pub keys: Vec<(&'static str, String)>,
}

/// The preset that is five runs.
pub const TABLE3: &str = "table3";

impl TrainArgs {
    /// The configuration: a preset, a file, or that of the run in `--out`; then the flags.
    ///
    /// # Errors
    /// [`Error::Usage`] when there is none of the three or a value cannot be understood; [`Error::File`] when the file or the
    /// run cannot be read.
    pub fn train_config(&self) -> Result<TrainConfig> {
        let stored = || match &self.out {
            Some(out) if out.is_dir() => RunFolder::stored(out),
            _ => Ok(None),
        };
        let mut config = match (&self.preset, &self.config) {
            (Some(name), _) => preset(name)?,
            (None, Some(path)) => {
                let text = std::fs::read_to_string(path).map_err(|error| Error::reading(path, &error))?;
                TrainConfig::from_toml(&text).map_err(|error| Error::Usage(format!("{}: {error}", path.display())))?
            }
            (None, None) => stored()?.ok_or_else(|| {
                let names = PRESETS.map(|preset| preset.name).join(", ");
                Error::Usage(format!("say what to train with --preset or --config; the presets are {names}"))
            })?,
        };
        if self.seeds > 1 && self.preset.as_deref() != Some(TABLE3) {
            return Err(Error::Usage("--seeds is for --preset table3; give another run another --seed".into()));
        }
        for (name, text) in &self.keys {
            keys::set(&mut config, name, text)?;
        }
        config.validate()?;
        Ok(config)
    }
}

impl FromArgMatches for TrainArgs {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut args = Self::default();
        args.update_from_arg_matches(matches)?;
        Ok(args)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        self.preset = matches.get_one::<String>("preset").cloned();
        self.config = matches.get_one::<PathBuf>("config").cloned();
        self.out = matches.get_one::<PathBuf>("out").cloned();
        self.seeds = matches.get_one::<u32>("seeds").map_or(1, |seeds| *seeds as usize);
        self.dry_run = matches.get_flag("dry_run");
        self.json = matches.get_flag("json");
        let given = |key: &keys::Key| {
            let texts: Vec<&str> = matches.get_many::<String>(key.name)?.map(String::as_str).collect();
            Some((key.name, texts.join(AND)))
        };
        self.keys = KEYS.iter().filter_map(given).collect();
        Ok(())
    }
}

impl Args for TrainArgs {
    fn augment_args(command: Command) -> Command {
        let presets = PRESETS.map(|preset| format!("{}: {}", preset.name, preset.about)).join("\n");
        let own = [
            Arg::new("preset")
                .long("preset")
                .value_name("NAME")
                .conflicts_with("config")
                .help("A recipe by name")
                .long_help(format!("A recipe by name:\n{presets}")),
            Arg::new("config")
                .long("config")
                .value_name("FILE")
                .value_parser(clap::value_parser!(PathBuf))
                .help("A configuration as `config.toml` in a run's folder"),
            Arg::new("out")
                .long("out")
                .value_name("DIR")
                .value_parser(clap::value_parser!(PathBuf))
                .required_unless_present("dry_run")
                .help("The run's folder; the same one goes on where the run was stopped"),
            Arg::new("seeds")
                .long("seeds")
                .value_name("N")
                .value_parser(clap::value_parser!(u32).range(1..=100))
                .default_value("1")
                .help("With --preset table3: seeds of the last three rows, from --seed on"),
            Arg::new("dry_run")
                .long("dry-run")
                .action(ArgAction::SetTrue)
                .help("Find the data, make two steps, predict memory and time; train nothing"),
            Arg::new("json")
                .long("json")
                .action(ArgAction::SetTrue)
                .help("Print one JSON object an event and nothing else"),
        ];
        let flag = |key: &'static keys::Key| {
            let switch = is_switch(key);
            let arg = Arg::new(key.name).action(if is_list(key) { ArgAction::Append } else { ArgAction::Set });
            let arg = arg
                .long(key.flag().trim_start_matches("--"))
                .value_name(if switch { "on|off" } else { "VALUE" })
                .allow_negative_numbers(true)
                .help(key.help)
                .help_heading(key.section);
            // The last one counts: a script's own flags can be followed by others.
            let arg = if is_list(key) { arg } else { arg.overrides_with(key.name) };
            if switch { arg.num_args(0..=1).default_missing_value("on") } else { arg }
        };
        command.args(own).args(KEYS.iter().map(flag))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

/// Whether a key may be given several times: data are then mixed.
fn is_list(key: &keys::Key) -> bool {
    matches!(key.name, "data" | "val")
}

/// Whether a key is on or off.
fn is_switch(key: &keys::Key) -> bool {
    keys::get(&TrainConfig::default(), key.name).is_some_and(|text| text == "on" || text == "off")
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        train: TrainArgs,
    }

    fn args(more: &[&str]) -> Result<TrainArgs, clap::Error> {
        Line::try_parse_from(["train"].iter().chain(more)).map(|line| line.train)
    }

    #[test]
    fn every_key_is_a_flag() {
        for key in KEYS {
            let value = keys::get(&TrainConfig::default(), key.name).unwrap();
            let args = args(&["--out", "x", key.flag(), &value]).unwrap();
            assert_eq!(args.keys, [(key.name, value)]);
        }
    }

    #[test]
    fn a_preset_with_flags_is_a_configuration() {
        let given =
            ["--preset", "nyu-ours", "--data", "nyu:d", "--out", "o", "--batch", "4", "--max-steps", "10", "--half"];
        let config = args(&given).unwrap().train_config().unwrap();
        assert_eq!((config.data.batch, config.schedule.max_steps, config.run.half), (4, 10, true));
        assert_eq!((config.data.data.as_str(), config.optimizer.ema), ("nyu:d", 0.998));
        let wrong = |more: &[&str]| args(more).unwrap().train_config().unwrap_err().to_string();
        assert!(wrong(&["--preset", "mine", "--out", "o"]).contains("nyu-ours"));
        assert!(wrong(&["--preset", "nyu-ours", "--rate", "fast", "--out", "o"]).contains("--rate fast"));
        assert!(wrong(&["--preset", "nyu-ours", "--rate", "-1", "--out", "o"]).contains("rate"));
        assert!(wrong(&["--preset", "nyu-ours", "--seeds", "3", "--out", "o"]).contains("table3"));
        let three = args(&["--preset", "table3", "--seeds", "3", "--out", "o"]).unwrap();
        assert_eq!((three.seeds, three.train_config().is_ok()), (3, true));
        assert!(wrong(&["--out", "nowhere"]).contains("--preset"));
        assert!(
            args(&["--preset", "nyu-ours"]).is_err()
                && args(&["--preset", "a", "--config", "b", "--out", "c"]).is_err()
        );
        let twice = args(&["--out", "o", "--epochs", "6", "--epochs", "12"]).unwrap();
        assert_eq!(twice.keys, [("epochs", "12".to_owned())]);
        let mixed =
            args(&["--out", "o", "--data", "kitti-raw:k", "--data", "pairs:p@256,f=7", "--val", "nyu:d"]).unwrap();
        let data = [("data", "kitti-raw:k + pairs:p@256,f=7".to_owned()), ("val", "nyu:d".to_owned())];
        assert_eq!(mixed.keys, data);
        assert!(args(&["--dry-run", "--preset", "nyu-ours"]).unwrap().dry_run);
    }
}
