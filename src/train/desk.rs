//! [`RunDesk`]: the thread that reads the folders of runs and writes their curves, so that a run which trains and a window
//! which draws wait for no disk.

use super::TrainConfig;
use super::checkpoint::FILE as CHECKPOINT;
use super::curves::{CURVES, Points, decimated};
use super::folder::{CONFIG, HISTORY};
use super::history::{History, Row};
use crate::atomic::write_atomic_bytes;
use crate::error::{Error, Result};
use crate::figure::curves::{Chart, Series, chart};
use crate::figure::png::write_rgb;
use crate::guard::guard;
use crate::outbox::{Outbox, Wake};
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::mpsc::{SyncSender, sync_channel};
use std::thread::JoinHandle;

/// Width and height of a chart as a file.
const SIZE: [u32; 2] = [1600, 900];

/// A run as its folder tells it.
#[derive(Debug, Clone)]
pub struct Record {
    /// The folder.
    pub folder: PathBuf,
    /// Its configuration, if it can be read.
    pub config: Option<Box<TrainConfig>>,
    /// It has a checkpoint to go on from.
    pub resumable: bool,
    /// Its rows.
    pub rows: Vec<Row>,
}

/// A line of an export.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// Name of the run.
    pub run: String,
    /// Its rows.
    pub rows: Arc<Vec<Row>>,
    /// The curve's number in [`CURVES`].
    pub curve: usize,
    /// Its name in the legend.
    pub name: String,
    /// Its colour.
    pub colour: [u8; 3],
}

/// What the desk is asked for.
pub enum Job {
    /// Read a run's folder; whether it is to stand beside the one that is there.
    Read(PathBuf, bool),
    /// Write curves as a table: a line a run, step and curve.
    Csv(PathBuf, Vec<Drawn>),
    /// Draw curves as a picture: the chart without its lines, those, and how smooth (0 to below 1).
    Png(PathBuf, Box<Chart>, Vec<Drawn>, f64),
}

/// What came of it.
#[derive(Debug)]
pub enum Done {
    /// A run was read; whether it is to stand beside the one that is there.
    Read(Box<Record>, bool),
    /// A file was written.
    Wrote(PathBuf),
    /// It could not be done; whether it was a folder that was to be read.
    Failed(Error, bool),
}

/// The handle; dropping it lets the job at hand end and joins the thread.
pub struct RunDesk {
    jobs: Option<SyncSender<Job>>,
    done: Outbox<Done>,
    thread: Option<JoinHandle<()>>,
}

impl RunDesk {
    /// Starts the thread; `wake` is called after each job.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(wake: Wake) -> Result<Self> {
        let (jobs, inbox) = sync_channel::<Job>(16);
        let done = Outbox::new(wake);
        let outbox = done.clone();
        let work = move || {
            for job in inbox {
                let reads = matches!(job, Job::Read(..));
                let what = guard("the run could not be handled", "try another folder", || run(job));
                outbox.push(what.and_then(|done| done).unwrap_or_else(|error| Done::Failed(error, reads)));
            }
        };
        let thread = std::thread::Builder::new().name("train files".into()).spawn(work);
        let thread = thread.map_err(|e| Error::Failed(format!("no thread for run folders could be started ({e})")))?;
        Ok(Self { jobs: Some(jobs), done, thread: Some(thread) })
    }

    /// Asks for a job; `false` when too many wait.
    pub fn ask(&self, job: Job) -> bool {
        self.jobs.as_ref().is_some_and(|jobs| jobs.try_send(job).is_ok())
    }

    /// The next result.
    pub fn take(&self) -> Option<Done> {
        self.done.pop()
    }
}

impl Drop for RunDesk {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(job: Job) -> Result<Done> {
    match job {
        Job::Read(folder, beside) => Ok(Done::Read(Box::new(read(&folder)?), beside)),
        Job::Csv(path, drawn) => {
            write_atomic_bytes(&path, table(&drawn).as_bytes())?;
            Ok(Done::Wrote(path))
        }
        Job::Png(path, frame, drawn, smoothing) => {
            write_rgb(&path, &chart(&filled(*frame, &drawn, smoothing), SIZE))?;
            Ok(Done::Wrote(path))
        }
    }
}

/// Reads a run's folder: finished, killed or running somewhere else.
///
/// # Errors
/// [`Error::File`] when it has neither rows nor a checkpoint, or its rows are damaged.
pub fn read(folder: &Path) -> Result<Record> {
    let text = |name: &str| match std::fs::read_to_string(folder.join(name)) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::reading(folder.join(name), &error)),
    };
    let resumable = folder.join(CHECKPOINT).is_file();
    let history = text(HISTORY)?;
    if history.is_none() && !resumable {
        let what = format!("is no folder of a training: it has no `{HISTORY}`");
        return Err(Error::file(folder, what, "choose the folder that was given as --out"));
    }
    let rows = match history {
        Some(history) => History::from_csv(&history, &folder.join(HISTORY))?.rows().to_vec(),
        None => Vec::new(),
    };
    // Curves are shown without it; going on says what is wrong with the checkpoint.
    let config = text(CONFIG)?.and_then(|text| TrainConfig::from_toml(&text).ok()).map(Box::new);
    Ok(Record { folder: folder.to_owned(), config, resumable, rows })
}

/// The curves as a table, numbers as they are in the history.
fn table(drawn: &[Drawn]) -> String {
    let mut text = "run,curve,step,epoch,value\n".to_owned();
    for line in drawn {
        let Some(curve) = CURVES.get(line.curve) else { continue };
        let run = line.run.replace('"', "\"\"");
        for row in line.rows.iter() {
            let value = curve.value(row);
            if value.is_finite() {
                let _ = writeln!(text, "\"{run}\",{},{},{},{value}", curve.title, row[0], row[1]);
            }
        }
    }
    text
}

/// The chart with its lines.
fn filled(frame: Chart, drawn: &[Drawn], smoothing: f64) -> Chart {
    let series = drawn.iter().filter_map(|line| {
        let mut points = Points::default();
        points.update(CURVES.get(line.curve)?, &line.rows, smoothing);
        let few = |points: &[[f64; 2]]| decimated(points, frame.steps, SIZE[0] as usize);
        let raw = if smoothing > 0.0 { few(&points.raw) } else { Vec::new() };
        Some(Series { name: line.name.clone(), colour: line.colour, points: few(&points.smooth), raw })
    });
    Chart { series: series.collect(), ..frame }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::history::StepRow;
    use super::*;

    fn history() -> History {
        let mut history = History::default();
        for step in 1..=3 {
            history.step(&StepRow { step, epoch: 0.5, loss: 1.0 / step as f64, ..StepRow::default() });
        }
        history
    }

    fn until(desk: &RunDesk) -> Done {
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
        loop {
            if let Some(done) = desk.take() {
                return done;
            }
            assert!(std::time::Instant::now() < deadline);
            std::thread::sleep(std::time::Duration::from_millis(1));
        }
    }

    #[test]
    fn folders_are_read_and_curves_written() {
        let folder = tempfile::tempdir().unwrap();
        let desk = RunDesk::start(Arc::new(|| {})).unwrap();
        desk.ask(Job::Read(folder.path().to_owned(), false));
        assert!(matches!(until(&desk), Done::Failed(error, true) if error.to_string().contains("history.csv")));
        std::fs::write(folder.path().join(HISTORY), history().csv()).unwrap();
        std::fs::write(folder.path().join(CONFIG), TrainConfig::default().to_toml().unwrap()).unwrap();
        desk.ask(Job::Read(folder.path().to_owned(), true));
        let Done::Read(record, true) = until(&desk) else { panic!() };
        assert_eq!((record.rows.len(), record.resumable), (3, false));
        assert_eq!(record.config.as_deref(), Some(&TrainConfig::default()));
        let (rows, name) = (Arc::new(record.rows), "loss".to_owned());
        let drawn = vec![Drawn { run: "a \"b\"".into(), rows, curve: 0, name, colour: [200, 0, 0] }];
        let (csv, png) = (folder.path().join("c.csv"), folder.path().join("c.png"));
        desk.ask(Job::Csv(csv.clone(), drawn.clone()));
        assert!(matches!(until(&desk), Done::Wrote(path) if path == csv));
        let text = std::fs::read_to_string(csv).unwrap();
        assert_eq!(text.lines().nth(3), Some("\"a \"\"b\"\"\",loss,3,0.5,0.3333333333333333"));
        let frame =
            Chart { title: "Loss".into(), steps: [0.0, 3.0], values: [0.0, 1.0], log: false, series: Vec::new() };
        desk.ask(Job::Png(png.clone(), Box::new(frame), drawn, 0.5));
        assert!(matches!(until(&desk), Done::Wrote(path) if path == png));
        assert_eq!(image::open(png).unwrap().width(), SIZE[0]);
    }
}
