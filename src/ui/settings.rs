//! [`Settings`]: what survives a restart, in a TOML file that is replaced atomically and may be broken.

use super::options::ThemeChoice;
pub use super::range_kind::RangeKind;
use super::tabs::Tab;
use super::view_kind::ViewKind;
use crate::atomic::write_atomic_bytes;
use crate::error::{Error, Result};
use crate::figure::colormap::Colormap;
use crate::figure::error_mode::ErrorMode;
use crate::latest::Latest;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Paths that the Open menu remembers.
const RECENT: usize = 8;

/// How maps are drawn.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Display {
    /// Depth and ground truth.
    pub depth_map: Colormap,
    /// Their range.
    pub range: RangeKind,
    /// The typed range.
    pub manual: [f32; 2],
    /// How error is counted.
    pub error: ErrorMode,
    /// The error view shows the compared model's.
    pub error_compared: bool,
    /// How many pixels wide a point of sparse ground truth is drawn, for the eye only; 1 as it was measured.
    pub points: u8,
    /// Attention.
    pub gate_map: Colormap,
    /// Bilinear between the cells of the gate's grid.
    pub gate_smooth: bool,
    /// Stretched to its own range instead of 0…1.
    pub gate_stretch: bool,
    /// Over the picture.
    pub gate_overlay: bool,
    /// With this opacity.
    pub overlay_opacity: f32,
    /// The sixth view shows EDA minus CBAM-S.
    pub gate_difference: bool,
}

impl Default for Display {
    fn default() -> Self {
        Self {
            depth_map: Colormap::Turbo,
            range: RangeKind::Percentile,
            manual: [0.5, 5.0],
            error: ErrorMode::Signed,
            error_compared: false,
            points: 1,
            gate_map: Colormap::Inferno,
            gate_smooth: false,
            gate_stretch: false,
            gate_overlay: false,
            overlay_opacity: 0.6,
            gate_difference: false,
        }
    }
}

/// Everything that is kept.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// Colours.
    pub theme: ThemeChoice,
    /// The right panel's tab.
    pub tab: Tab,
    /// Whether the left panel is open.
    pub sidebar: bool,
    /// Whether the right panel is open.
    pub panel: bool,
    /// Whether the filmstrip of a data set is open.
    pub filmstrip: bool,
    /// How high it is in points, its head not counted.
    pub filmstrip_height: f32,
    /// Main model: a known name or a path.
    pub model: Option<String>,
    /// Compared model; `none` for none.
    pub compare: Option<String>,
    /// Device, as the command line takes it.
    pub device: Option<String>,
    /// The camera used last.
    pub camera: Option<String>,
    /// The folder that dialogs open in.
    pub folder: Option<PathBuf>,
    /// The folder that was exported to last.
    pub export: Option<PathBuf>,
    /// What was opened last, the newest first.
    pub recent: Vec<PathBuf>,
    /// Views that the person closed.
    pub closed: Vec<ViewKind>,
    /// The arrangement of the views, as JSON of the tile tree.
    pub layout: Option<String>,
    /// How maps are drawn.
    pub display: Display,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            theme: ThemeChoice::default(),
            tab: Tab::default(),
            sidebar: true,
            panel: true,
            filmstrip: true,
            filmstrip_height: 112.0,
            model: None,
            compare: None,
            device: None,
            camera: None,
            folder: None,
            export: None,
            recent: Vec::new(),
            closed: Vec::new(),
            layout: None,
            display: Display::default(),
        }
    }
}

impl Settings {
    /// Remembers what was opened, the newest first and each once.
    pub fn opened(&mut self, path: PathBuf) {
        self.recent.retain(|p| *p != path);
        self.recent.insert(0, path);
        self.recent.truncate(RECENT);
    }
}

/// The usual place of the settings file; `None` where the system has none.
pub fn default_path() -> Option<PathBuf> {
    let dirs = directories::ProjectDirs::from("", "", "msfnet-studio")?;
    Some(dirs.config_dir().join("settings.toml"))
}

/// Reads a settings file. A missing one gives the defaults; a broken one too, with a sentence, and is kept beside
/// under the name `….broken` so that nothing is lost.
pub fn load(path: &Path) -> (Settings, Option<Error>) {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return (Settings::default(), None),
        Err(e) => return (Settings::default(), Some(Error::reading(path, &e))),
    };
    match toml::from_str(&text) {
        Ok(settings) => (settings, None),
        Err(e) => {
            let mut kept = path.as_os_str().to_owned();
            kept.push(".broken");
            let remedy = match std::fs::rename(path, &kept) {
                Ok(()) => format!("the defaults are used, and it is kept as {}", Path::new(&kept).display()),
                Err(_) => "the defaults are used".to_owned(),
            };
            let what = format!("is no settings file ({})", e.message());
            (Settings::default(), Some(Error::file(path, what, remedy)))
        }
    }
}

/// Writes a settings file atomically.
///
/// # Errors
/// When the file cannot be written.
pub fn save(path: &Path, settings: &Settings) -> Result<()> {
    let text = toml::to_string_pretty(settings)
        .map_err(|e| Error::file(path, format!("cannot hold these settings ({e})"), "report it"))?;
    write_atomic_bytes(path, text.as_bytes())
}

/// The thread that writes settings, so that the window never waits for the disk; the newest ones win.
#[derive(Debug)]
pub struct SettingsWriter {
    slot: Latest<Settings>,
    failed: Latest<Error>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl SettingsWriter {
    /// Starts the thread for one file.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(path: PathBuf) -> Result<Self> {
        let (slot, failed) = (Latest::<Settings>::new(), Latest::new());
        let stop = Arc::new(AtomicBool::new(false));
        let (inbox, outbox, end) = (slot.clone(), failed.clone(), stop.clone());
        let work = move || {
            loop {
                match inbox.wait(Duration::from_secs(1)) {
                    Some(settings) => {
                        if let Err(error) = save(&path, &settings) {
                            outbox.put(error);
                        }
                    }
                    None if end.load(Ordering::Acquire) => break,
                    None => {}
                }
            }
        };
        let thread = std::thread::Builder::new().name("settings".to_owned()).spawn(work);
        let thread = thread.map_err(|e| Error::Failed(format!("cannot start the settings thread ({e})")))?;
        Ok(Self { slot, failed, stop, thread: Some(thread) })
    }

    /// Asks for these settings to be written.
    pub fn put(&self, settings: Settings) {
        self.slot.put(settings);
    }

    /// Why the last write failed, once.
    pub fn failure(&self) -> Option<Error> {
        self.failed.take()
    }
}

impl Drop for SettingsWriter {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.slot.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn settings_survive_the_file_and_a_broken_file_is_kept() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sub").join("settings.toml");
        assert_eq!(load(&path).0, Settings::default());
        assert!(load(&path).1.is_none(), "a first start is no error");

        let settings = Settings {
            theme: ThemeChoice::Light,
            model: Some("mine".to_owned()),
            layout: Some("{\"a\":1}".to_owned()),
            recent: vec![PathBuf::from("/a b/c.png")],
            closed: vec![ViewKind::Error],
            display: Display { manual: [1.0, 2.5], error: ErrorMode::Relative, ..Display::default() },
            ..Settings::default()
        };
        let writer = SettingsWriter::start(path.clone()).unwrap();
        writer.put(settings.clone());
        drop(writer); // Dropping writes what is waiting.
        assert_eq!(load(&path).0, settings);

        std::fs::write(&path, "theme = [broken").unwrap();
        let (fresh, error) = load(&path);
        assert_eq!(fresh, Settings::default());
        assert!(error.unwrap().to_string().contains("settings.toml.broken"));
        assert!(!path.exists() && path.with_extension("toml.broken").exists());
    }

    #[test]
    fn the_last_opened_paths_are_few_and_each_once() {
        let mut settings = Settings::default();
        for i in [1, 2, 3, 1] {
            settings.opened(PathBuf::from(i.to_string()));
        }
        assert_eq!(settings.recent, ["1", "3", "2"].map(PathBuf::from));
        (0..20).for_each(|i| settings.opened(PathBuf::from(format!("n{i}"))));
        assert_eq!(settings.recent.len(), RECENT);
    }

    #[test]
    fn a_file_of_another_version_keeps_what_it_knows() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("settings.toml");
        std::fs::write(&path, "theme = \"light\"\nfrom_the_future = 3\n").unwrap();
        let (settings, error) = load(&path);
        assert!(error.is_none());
        assert_eq!(settings.theme, ThemeChoice::Light);
        assert_eq!(settings.display, Display::default());
    }
}
