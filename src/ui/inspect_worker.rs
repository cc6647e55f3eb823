//! The thread that draws taps for the Inspect tab: small pictures of many channels, one channel large, statistics.

use crate::error::{Error, Result};
use crate::figure::colormap::{Colormap, map_scalar};
use crate::guard::guard;
use crate::infer::prediction::{Inspection, TapMap};
use crate::latest::Latest;
use crate::render::analysis::Extent;
use crate::render::{Gpu, Plane};
use egui::{Color32, ColorImage};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

/// Channels on one page of small pictures.
pub const PAGE: usize = 48;
/// Columns of small pictures.
pub const COLUMNS: usize = 6;
/// Longest side of a small picture in pixels.
const CELL: usize = 64;

/// What is to be drawn.
#[derive(Debug, Clone)]
pub struct InspectRequest {
    /// The taps.
    pub inspection: Arc<Inspection>,
    /// Which tap.
    pub tap: usize,
    /// Which channel is shown large; its page is drawn small.
    pub channel: usize,
}

/// What was drawn.
#[derive(Debug, Clone)]
pub struct InspectPage {
    /// For which tap.
    pub tap: usize,
    /// For which channel.
    pub channel: usize,
    /// First channel of the page.
    pub first: usize,
    /// Least, greatest and mean value of each channel of the page; `None` when nothing in it is finite.
    pub extents: Vec<Option<Extent>>,
    /// All small pictures of the page, [`COLUMNS`] in a row, each `cell` pixels.
    pub atlas: ColorImage,
    /// Width and height of a small picture in the atlas.
    pub cell: [usize; 2],
    /// Rows and columns of the channel.
    pub size: [usize; 2],
    /// The channel on the GPU.
    pub plane: Option<Plane>,
    /// The channel itself, for the probe.
    pub values: Arc<[f32]>,
}

/// One channel of a tap; empty when there is no such channel.
pub fn channel(tap: &TapMap, index: usize) -> &[f32] {
    let area = tap.width * tap.height;
    tap.values.get(index * area..(index + 1) * area).unwrap_or_default()
}

/// Draws a request; `None` when there is no such tap or channel.
pub fn draw(request: &InspectRequest, gpu: Option<&Gpu>) -> Option<InspectPage> {
    let tap = request.inspection.taps.get(request.tap)?;
    let values = channel(tap, request.channel);
    if values.is_empty() {
        return None;
    }
    let first = request.channel / PAGE * PAGE;
    let shown = (tap.channels - first).min(PAGE);
    let shrink = tap.width.max(tap.height).div_ceil(CELL);
    let cell = [tap.width.div_ceil(shrink), tap.height.div_ceil(shrink)];
    let mut atlas = ColorImage::filled([cell[0] * COLUMNS, cell[1] * shown.div_ceil(COLUMNS)], Color32::TRANSPARENT);
    let mut extents = Vec::with_capacity(shown);
    for i in 0..shown {
        let values = channel(tap, first + i);
        let extent = Extent::of(values);
        extents.push(extent);
        let range = extent.map_or([0.0, 1.0], |e| [e.min, e.max]);
        let corner = [i % COLUMNS * cell[0], i / COLUMNS * cell[1]];
        for y in 0..cell[1] {
            for x in 0..cell[0] {
                let value = block_mean(values, tap.width, tap.height, x * shrink, y * shrink, shrink);
                let [r, g, b] = map_scalar(value, range, Colormap::Viridis, false);
                let at = (corner[1] + y) * atlas.size[0] + corner[0] + x;
                atlas.pixels[at] = Color32::from_rgb(r, g, b);
            }
        }
    }
    Some(InspectPage {
        tap: request.tap,
        channel: request.channel,
        first,
        extents,
        atlas,
        cell,
        size: [tap.width, tap.height],
        plane: gpu.map(|gpu| Plane::of_values(gpu, tap.width, tap.height, values)),
        values: values.into(),
    })
}

fn block_mean(values: &[f32], width: usize, height: usize, x0: usize, y0: usize, side: usize) -> f32 {
    let (mut sum, mut count) = (0.0_f32, 0.0_f32);
    for y in y0..(y0 + side).min(height) {
        for v in &values[y * width + x0..y * width + (x0 + side).min(width)] {
            sum += v;
            count += 1.0;
        }
    }
    sum / count
}

/// A handle on the thread; dropping it stops and joins it.
#[derive(Debug)]
pub struct InspectWorker {
    requests: Latest<InspectRequest>,
    pages: Latest<Result<InspectPage>>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl InspectWorker {
    /// Starts the thread; `wake` is called when a page can be taken.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn start(gpu: Option<Gpu>, wake: Arc<dyn Fn() + Send + Sync>) -> Result<Self> {
        let (requests, pages) = (Latest::<InspectRequest>::new(), Latest::new());
        let stop = Arc::new(AtomicBool::new(false));
        let (inbox, outbox, end) = (requests.clone(), pages.clone(), stop.clone());
        let work = move || {
            while !end.load(Ordering::Acquire) {
                let Some(request) = inbox.wait(Duration::from_secs(1)) else { continue };
                let remedy = "choose another tap, or open a smaller picture";
                let drawn = guard("the tap could not be drawn", remedy, || draw(&request, gpu.as_ref()));
                if let Some(page) = drawn.transpose() {
                    outbox.put(page);
                    wake();
                }
            }
        };
        let thread = std::thread::Builder::new().name("inspect".to_owned()).spawn(work);
        let thread = thread.map_err(|e| Error::Failed(format!("cannot start the inspect thread ({e})")))?;
        Ok(Self { requests, pages, stop, thread: Some(thread) })
    }

    /// Asks for a page; the newest request wins.
    pub fn request(&self, request: InspectRequest) {
        self.requests.put(request);
    }

    /// The newest page, once, or why it could not be drawn; the thread goes on.
    pub fn take(&self) -> Option<Result<InspectPage>> {
        self.pages.take()
    }
}

impl Drop for InspectWorker {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        self.requests.close();
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
    fn pages_statistics_and_values_equal_the_arrays() {
        let (channels, height, width) = (50, 2, 3);
        let values: Vec<f32> = (0..channels * height * width).map(|i| i as f32).collect();
        let tap = TapMap { name: "t".to_owned(), channels, height, width, values };
        let inspection = Arc::new(Inspection { frame_id: 1, model: "m".to_owned(), taps: vec![tap] });
        let page = draw(&InspectRequest { inspection: inspection.clone(), tap: 0, channel: 49 }, None).unwrap();
        assert_eq!((page.first, page.extents.len()), (48, 2));
        assert_eq!(page.values.as_ref(), [294.0, 295.0, 296.0, 297.0, 298.0, 299.0]);
        assert_eq!(page.extents[1], Some(Extent { min: 294.0, max: 299.0, mean: 296.5 }));
        assert_eq!(page.atlas.size, [18, 2]);
        // The least value of a channel has the map's first colour, the greatest its last.
        let [r, g, b] = Colormap::Viridis.lut()[0];
        assert_eq!(page.atlas.pixels[3], Color32::from_rgb(r, g, b));
        let [r, g, b] = Colormap::Viridis.lut()[255];
        assert_eq!(page.atlas.pixels[18 + 5], Color32::from_rgb(r, g, b));
        for (tap, channel) in [(1, 0), (0, 50)] {
            assert!(draw(&InspectRequest { inspection: inspection.clone(), tap, channel }, None).is_none());
        }
    }

    #[test]
    fn a_broken_tap_is_a_sentence_and_the_next_one_is_drawn() {
        let worker = InspectWorker::start(None, Arc::new(|| {})).unwrap();
        let tap = |channels| TapMap { name: "t".to_owned(), channels, height: 1, width: 2, values: vec![1.0; 2] };
        // It says that it has a second channel and holds the values of one.
        let inspection = Arc::new(Inspection { frame_id: 1, model: "m".to_owned(), taps: vec![tap(1), tap(2)] });
        let ask = |tap| {
            worker.request(InspectRequest { inspection: inspection.clone(), tap, channel: 0 });
            worker.pages.wait(Duration::from_secs(20)).expect("an answer")
        };
        assert!(ask(1).unwrap_err().to_string().contains("could not be drawn"));
        assert_eq!(ask(0).unwrap().size, [2, 1]);
    }

    #[test]
    fn large_channels_are_shrunk_by_means() {
        assert_eq!(block_mean(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3, 2, 0, 0, 2), 3.0);
        assert_eq!(block_mean(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 3, 2, 2, 0, 2), 4.5);
    }
}
