//! The arguments of the window and of `screenshot`: what is opened and what the right panel shows.

use super::args::{ModelArgs, Networks, size};
use super::measure_args::MeasureArgs;
use super::shared_args::{DataArgs, TruthArgs};
use crate::ui::options::StudioOptions;
use crate::ui::tabs::Tab;
use clap::Args;
use std::path::PathBuf;

/// A data set to show.
#[derive(Debug, Clone, Default, Args)]
pub struct ShownArgs {
    /// Which.
    #[command(flatten)]
    pub which: DataArgs,
    /// The frame to begin with: its name, or its number from 1.
    #[arg(long, value_name = "NAME|NUMBER", requires = "data")]
    pub frame: Option<String>,
}

/// Arguments of the window.
#[derive(Debug, Clone, Args)]
pub struct WindowArgs {
    /// Images, folders, data sets, ground truth or weights to open; the bundled sample without any.
    #[arg(conflicts_with = "data")]
    pub path: Vec<PathBuf>,
    /// A data set.
    #[command(flatten)]
    pub data: ShownArgs,
    /// Open this camera: a number or name from `cameras`.
    #[arg(long, value_name = "N|NAME", conflicts_with = "data")]
    pub camera: Option<String>,
    /// Ground truth.
    #[command(flatten)]
    pub truth: TruthArgs,
    /// What the right panel shows.
    #[command(flatten)]
    pub panel: PanelArgs,
    /// The networks and how they run.
    #[command(flatten)]
    pub models: ModelArgs,
}

/// What the right panel shows at the start.
#[derive(Debug, Clone, Default, Args)]
pub struct PanelArgs {
    /// The tab of the right panel: inspect, metrics, evaluate, train or log.
    #[arg(long, value_name = "NAME")]
    pub tab: Option<Tab>,
    /// Show the results that `eval --out` wrote into this folder.
    #[arg(long, value_name = "DIR", group = "shown")]
    pub eval_out: Option<PathBuf>,
    /// Show the curves of the run that `train --out` keeps in this folder.
    #[arg(long, value_name = "DIR", group = "shown")]
    pub train_out: Option<PathBuf>,
    /// With --eval-out or --train-out: over the whole area of the views.
    #[arg(long, requires = "shown")]
    pub expand: bool,
}

/// Arguments of `screenshot`.
#[derive(Debug, Args)]
pub struct ScreenshotArgs {
    /// The PNG to write.
    #[arg(long, value_name = "PNG")]
    pub out: PathBuf,
    /// Window width and height.
    #[arg(long, value_parser = size, value_name = "WxH", default_value = "1600x900")]
    pub size: [usize; 2],
    /// Pixels of the PNG per point of the window.
    #[arg(long, default_value_t = 1.0)]
    pub scale: f32,
    /// Image or folder to open; the bundled sample without one.
    #[arg(long, value_name = "PATH", conflicts_with = "data")]
    pub open: Vec<PathBuf>,
    /// A data set.
    #[command(flatten)]
    pub data: ShownArgs,
    /// Ground truth.
    #[command(flatten)]
    pub truth: TruthArgs,
    /// How the error is measured.
    #[command(flatten)]
    pub measure: MeasureArgs,
    /// The light theme.
    #[arg(long)]
    pub light: bool,
    /// What the right panel shows.
    #[command(flatten)]
    pub panel: PanelArgs,
    /// The networks and how they run.
    #[command(flatten)]
    pub which: Networks,
}

impl PanelArgs {
    /// The options with what these say; results open their tab.
    pub fn put(&self, options: StudioOptions) -> StudioOptions {
        let results = self.eval_out.is_some().then_some(Tab::Evaluate);
        let tab = self.tab.or(results).or(self.train_out.is_some().then_some(Tab::Train));
        let (results, train) = (self.eval_out.clone(), self.train_out.clone());
        StudioOptions { tab, results, train, expand: self.expand, ..options }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        panel: PanelArgs,
    }

    #[test]
    fn results_open_their_tab_unless_another_is_named() {
        let put = |line: &[&str]| Line::try_parse_from(line).map(|line| line.panel.put(StudioOptions::default()));
        let shown = put(&["x", "--eval-out", "o", "--expand"]).unwrap();
        assert_eq!((shown.tab, shown.results, shown.expand), (Some(Tab::Evaluate), Some("o".into()), true));
        assert_eq!(put(&["x", "--eval-out", "o", "--tab", "Log"]).unwrap().tab, Some(Tab::Log));
        assert_eq!(put(&["x"]).unwrap().tab, None);
        let run = put(&["x", "--train-out", "r", "--expand"]).unwrap();
        assert_eq!((run.tab, run.train, run.results, run.expand), (Some(Tab::Train), Some("r".into()), None, true));
        assert!(put(&["x", "--tab", "trains"]).is_err() && put(&["x", "--expand"]).is_err());
    }
}
