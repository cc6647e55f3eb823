//! Off-screen drawing, read back byte by byte: what the person sees is what the tables and arrays say.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use super::plane::NO_VALUE;
use super::*;
use crate::depth::{DepthMap, DepthUnit};
use crate::figure::colormap::{Colormap, INVALID, map_scalar};
use crate::figure::error_mode::ErrorMode;
use crate::frame::Frame;
use eframe::egui_wgpu::RendererOptions;
use std::sync::OnceLock;

const PLAIN: wgpu::TextureFormat = wgpu::TextureFormat::Rgba8Unorm;

/// One device for all tests; script/bootstrap installs a software driver where there is no GPU.
fn gpu() -> &'static Gpu {
    static GPU: OnceLock<Gpu> = OnceLock::new();
    GPU.get_or_init(|| {
        let state = egui_kittest::wgpu::create_render_state(window_setup(true), RendererOptions::PREDICTABLE);
        Gpu::from_parts(state.device, state.queue)
    })
}

fn look(map: Colormap, range: [f32; 2]) -> Look {
    Look { map, range, reversed: false, mask: INVALID, smooth: false, overlay: None }
}

fn painter(mode: MapMode, look: Look, size: [u32; 2]) -> MapPainter {
    let place = Place { origin: [0.0, 0.0], size: size.map(|s| s as f32) };
    MapPainter { slot: 1, mode, look, place, picture: None, a: None, b: None, points: 1 }
}

/// Draws into a texture and reads it back, row by row.
fn draw_to(painter: &MapPainter, [w, h]: [u32; 2], format: wgpu::TextureFormat) -> Vec<[u8; 3]> {
    let gpu = gpu();
    let (device, queue) = gpu.parts();
    let mut programs = gpu.programs(format);
    let size = wgpu::Extent3d { width: w, height: h, depth_or_array_layers: 1 };
    let target = device.create_texture(&wgpu::TextureDescriptor {
        label: None,
        size,
        mip_level_count: 1,
        sample_count: 1,
        dimension: wgpu::TextureDimension::D2,
        format,
        usage: wgpu::TextureUsages::RENDER_ATTACHMENT | wgpu::TextureUsages::COPY_SRC,
        view_formats: &[],
    });
    let view = target.create_view(&Default::default());
    let row = (4 * w).next_multiple_of(256);
    let buffer = device.create_buffer(&wgpu::BufferDescriptor {
        label: None,
        size: u64::from(row * h),
        usage: wgpu::BufferUsages::COPY_DST | wgpu::BufferUsages::MAP_READ,
        mapped_at_creation: false,
    });
    painter.ready(device, queue, &mut programs, 1.0);
    let mut encoder = device.create_command_encoder(&Default::default());
    {
        let mut pass = encoder.begin_render_pass(&wgpu::RenderPassDescriptor {
            color_attachments: &[Some(wgpu::RenderPassColorAttachment {
                view: &view,
                resolve_target: None,
                ops: wgpu::Operations { load: wgpu::LoadOp::Clear(wgpu::Color::BLACK), store: wgpu::StoreOp::Store },
                depth_slice: None,
            })],
            ..Default::default()
        });
        painter.draw(&mut pass, &programs);
    }
    let layout = wgpu::TexelCopyBufferLayout { offset: 0, bytes_per_row: Some(row), rows_per_image: Some(h) };
    let to = wgpu::TexelCopyBufferInfo { buffer: &buffer, layout };
    encoder.copy_texture_to_buffer(target.as_image_copy(), to, size);
    queue.submit([encoder.finish()]);
    buffer.map_async(wgpu::MapMode::Read, .., |r| r.expect("the driver maps the buffer"));
    device.poll(wgpu::PollType::wait_indefinitely()).expect("the driver finishes");
    let bytes = buffer.get_mapped_range(..).expect("mapped").to_vec();
    let line = |y: u32| bytes[(y * row) as usize..][..4 * w as usize].to_vec();
    (0..h).flat_map(|y| line(y).chunks_exact(4).map(|p| [p[0], p[1], p[2]]).collect::<Vec<_>>()).collect()
}

fn draw(painter: &MapPainter, size: [u32; 2]) -> Vec<[u8; 3]> {
    draw_to(painter, size, PLAIN)
}

fn apart(a: [u8; 3], b: [u8; 3]) -> u8 {
    (0..3).map(|c| a[c].abs_diff(b[c])).max().unwrap()
}

#[test]
fn every_entry_of_every_table_arrives_byte_for_byte() {
    let values: Vec<f32> = (0..256).map(|i| (i as f32 + 0.5) / 256.0).collect();
    let plane = Plane::of_values(gpu(), 256, 1, &values);
    for map in Colormap::ALL.into_iter().chain([Colormap::Diverging]) {
        for reversed in [false, true] {
            let look = Look { reversed, ..look(map, [0.0, 1.0]) };
            let painter = MapPainter { a: Some(plane.clone()), ..painter(MapMode::Value, look, [256, 1]) };
            let got = draw(&painter, [256, 1]);
            let want: Vec<[u8; 3]> = values.iter().map(|v| map_scalar(*v, [0.0, 1.0], map, reversed)).collect();
            assert_eq!(got, want, "{map} reversed {reversed}");
            assert_eq!(got[0], map.lut()[if reversed { 255 } else { 0 }]);
            // A framebuffer that encodes by itself shows the same colours.
            let srgb = draw_to(&painter, [256, 1], wgpu::TextureFormat::Rgba8UnormSrgb);
            assert!(srgb.iter().zip(&want).all(|(a, b)| apart(*a, *b) <= 1), "{map} on an sRGB target");
        }
    }
}

#[test]
fn values_beyond_the_range_have_its_end_colours_and_missing_ones_the_mask() {
    let map = DepthMap::new(5, 1, DepthUnit::Metres, vec![0.5, 1.0, 9.0, 0.0, f32::NAN]);
    let plane = Plane::of_depth(gpu(), &map);
    let painter = MapPainter { a: Some(plane), ..painter(MapMode::Value, look(Colormap::Turbo, [1.0, 5.0]), [5, 1]) };
    let lut = Colormap::Turbo.lut();
    assert_eq!(draw(&painter, [5, 1]), [lut[0], lut[0], lut[255], INVALID, INVALID]);
}

#[test]
fn a_flat_map_has_one_colour() {
    let plane = Plane::of_values(gpu(), 2, 2, &[3.0; 4]);
    let painter = MapPainter { a: Some(plane), ..painter(MapMode::Value, look(Colormap::Viridis, [3.0, 3.0]), [2, 2]) };
    assert_eq!(draw(&painter, [2, 2]), [Colormap::Viridis.lut()[0]; 4]);
}

#[test]
fn errors_are_those_of_the_arrays() {
    let truth = [2.0, 2.0, 2.0, 4.0, 0.0, 1.0];
    let predicted = [2.0, 2.6, 1.5, 3.1, 3.0, 8.0];
    let map = |v: &[f32]| DepthMap::new(6, 1, DepthUnit::Metres, v.to_vec());
    let (a, b) = (Plane::of_depth(gpu(), &map(&predicted)), Plane::of_depth(gpu(), &map(&truth)));
    for mode in ErrorMode::ALL {
        let range = if mode == ErrorMode::Signed { [-1.0, 1.0] } else { mode.range(&[0.0, 1.0]) };
        let painter = MapPainter {
            a: Some(a.clone()),
            b: Some(b.clone()),
            ..painter(MapMode::Error(mode), look(mode.colormap(), range), [6, 1])
        };
        let want = predicted
            .iter()
            .zip(&truth)
            .map(|(p, t)| mode.value(*p, *t).map_or(INVALID, |e| map_scalar(e, range, mode.colormap(), false)));
        for (i, (got, want)) in draw(&painter, [6, 1]).into_iter().zip(want).enumerate() {
            // The GPU divides in single precision: a value on the edge of two colours may take either.
            assert!(apart(got, want) <= 4, "{mode} at {i}: {got:?} {want:?}");
        }
    }
}

#[test]
fn above_one_to_one_a_pixel_is_exactly_one_texel() {
    let plane = Plane::of_values(gpu(), 2, 1, &[0.0, 1.0]);
    let painter = MapPainter { a: Some(plane), ..painter(MapMode::Value, look(Colormap::Grey, [0.0, 1.0]), [10, 4]) };
    let got = draw(&painter, [10, 4]);
    for (i, colour) in got.into_iter().enumerate() {
        assert_eq!(colour, if i % 10 < 5 { [0; 3] } else { [255; 3] }, "pixel {i}");
    }
}

#[test]
fn below_one_to_one_a_pixel_is_the_mean_of_what_is_valid() {
    let values = [0.25, 0.75, NO_VALUE, 0.5, 0.25, 0.75, 0.5, 0.5];
    let map = DepthMap::new(4, 2, DepthUnit::Metres, values.map(|v| v.max(0.0)).to_vec());
    let plane = Plane::of_depth(gpu(), &map);
    let painter = MapPainter { a: Some(plane), ..painter(MapMode::Value, look(Colormap::Grey, [0.0, 1.0]), [2, 1]) };
    assert_eq!(draw(&painter, [2, 1]), [map_scalar(0.5, [0.0, 1.0], Colormap::Grey, false); 2]);
}

#[test]
fn sparse_points_stay_visible_and_are_not_dilated() {
    let mut values = vec![0.0; 64 * 64];
    values[20 * 64 + 33] = 2.0;
    let map = DepthMap::new(64, 64, DepthUnit::Metres, values);
    let plane = Plane::of_depth(gpu(), &map);
    assert!(plane.sparse);
    let count = |side: u32| {
        let look = look(Colormap::Turbo, [0.0, 4.0]);
        let painter = MapPainter { a: Some(plane.clone()), ..painter(MapMode::Value, look, [side, side]) };
        draw(&painter, [side, side]).into_iter().filter(|c| *c != INVALID).count()
    };
    assert!((1..=4).contains(&count(8)), "eight times smaller, still a point: {}", count(8));
    assert!((1..=4).contains(&count(64)), "one to one: {}", count(64));
    assert_eq!(count(256), 16, "four times larger, exactly its own texel");
}

#[test]
fn the_frame_is_exact_at_and_above_one_to_one() {
    let rgb: Vec<u8> = (0..3 * 16).map(|i| (i * 37 % 256) as u8).collect();
    let frame = Frame::new("f", 4, 4, rgb);
    let picture = Picture::of_frame(gpu(), &frame);
    for scale in [1, 3] {
        let size = [4 * scale, 4 * scale];
        let shown = MapPainter {
            picture: Some(picture.clone()),
            ..painter(MapMode::Frame, look(Colormap::Grey, [0.0, 1.0]), size)
        };
        for (i, colour) in draw(&shown, size).into_iter().enumerate() {
            let (x, y) = (i as u32 % size[0] / scale, i as u32 / size[0] / scale);
            assert_eq!(Some(colour), frame.pixel(x as usize, y as usize), "at {x}, {y}, scale {scale}");
        }
    }
}

#[test]
fn an_overlay_mixes_by_its_opacity() {
    let frame = Frame::new("f", 2, 2, [100, 60, 20].repeat(4));
    let picture = Picture::of_frame(gpu(), &frame);
    let plane = Plane::of_values(gpu(), 1, 1, &[1.0]);
    let look = Look { overlay: Some(0.25), ..look(Colormap::Grey, [0.0, 1.0]) };
    let painter = MapPainter { a: Some(plane), picture: Some(picture), ..painter(MapMode::Value, look, [2, 2]) };
    let want = [100.0, 60.0, 20.0].map(|c: f32| (c * 0.75 + 255.0 * 0.25).round() as u8);
    assert!(draw(&painter, [2, 2]).into_iter().all(|c| apart(c, want) <= 1));
}

#[test]
fn smooth_is_between_cells_and_the_native_grid_is_not() {
    let plane = Plane::of_values(gpu(), 2, 1, &[0.0, 1.0]);
    let grey = |smooth| {
        let look = Look { smooth, ..look(Colormap::Grey, [0.0, 1.0]) };
        let painter = MapPainter { a: Some(plane.clone()), ..painter(MapMode::Value, look, [8, 1]) };
        draw(&painter, [8, 1]).into_iter().map(|c| c[0]).collect::<Vec<u8>>()
    };
    assert_eq!(grey(false), [0, 0, 0, 0, 255, 255, 255, 255]);
    let smooth = grey(true);
    assert!(smooth.windows(2).all(|w| w[0] <= w[1]) && smooth[3] > 50 && smooth[4] < 205, "{smooth:?}");
}

#[test]
fn the_uploader_hands_over_the_newest_frame() {
    let uploader = Uploader::start(Some(gpu().clone()), std::sync::Arc::new(|| {})).unwrap();
    let frame = |name: &str| std::sync::Arc::new(Frame::new(name, 8, 8, vec![7; 192]));
    for name in ["a", "b", "c"] {
        uploader.submit(UploadJob { frame: frame(name), truth: None, prediction: None });
    }
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    let mut last = None;
    while !uploader.idle() && std::time::Instant::now() < deadline {
        last = uploader.take().or(last);
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    let last = last.expect("something was handed over");
    assert_eq!(last.job.frame.name, "c");
    assert!(last.picture.is_some() && last.depth.is_none());
}
