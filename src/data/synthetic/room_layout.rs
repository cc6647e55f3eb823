//! The room scene: a furnished living room laid out from a seed.

use super::facade::Style;
use super::furniture::{self as add, block};
use super::interior::Interior;
use super::material::Material;
use super::noise::Random;
use super::render::{Indoors, Light};
use super::scene::{Object, Scene};
use super::shape::Shape;
use super::vector::{Placement, Vec3, vec3};

/// Inside of the room in metres: x and y from 0, height.
pub const ROOM: [f64; 3] = [6.4, 5.2, 2.6];
/// Thickness of the walls.
const WALL: f64 = 0.25;
/// The window in the wall at y = [`ROOM`]\[1\]: x from and to, z from and to.
const WINDOW: [f64; 4] = [2.2, 4.2, 0.9, 2.2];

const PAPERS: [Vec3; 4] =
    [vec3(0.60, 0.56, 0.46), vec3(0.42, 0.50, 0.47), vec3(0.58, 0.47, 0.38), vec3(0.46, 0.49, 0.56)];
const WOODS: [Vec3; 3] = [vec3(0.34, 0.20, 0.10), vec3(0.20, 0.11, 0.06), vec3(0.46, 0.32, 0.18)];
const CLOTHS: [Vec3; 4] =
    [vec3(0.10, 0.14, 0.22), vec3(0.24, 0.10, 0.08), vec3(0.12, 0.17, 0.10), vec3(0.30, 0.27, 0.22)];

/// The scene and its light. The floor is at z = 0; the room lies at positive x and y.
pub fn scene(seed: u64) -> (Scene, Light) {
    let mut random = Random::new(seed);
    let mut list =
        vec![Object { shape: Shape::Ground { z: -3.0 }, material: Material::Grass, place: Placement::WORLD }];
    let paper = random.pick(&PAPERS, PAPERS[0]);
    let wood = random.pick(&WOODS, WOODS[0]);
    shell(&mut list, paper, random.pick(&WOODS, WOODS[0]));
    window(&mut list);
    furnish(&mut list, wood, &mut random);
    across_the_street(&mut list, &mut random);
    let lamps = [vec3(2.1, 2.6, 2.32), vec3(4.6, 2.6, 2.32)];
    for lamp in lamps {
        // The light comes from below the glass.
        let centre = lamp + vec3(0.0, 0.0, 0.16);
        add::solid(
            &mut list,
            Shape::Ellipsoid { centre, radii: vec3(0.2, 0.2, 0.09) },
            Interior::Glaze(Vec3::all(0.8)),
        );
    }
    let indoors = Indoors { lamps, power: vec3(1.5, 1.36, 1.12), ambient: vec3(0.40, 0.385, 0.36) };
    let sun = vec3(-0.30, 0.52, 0.80).unit();
    (Scene::new(list), Light { sun, haze: 3000.0, seed: random.seed(), indoors: Some(indoors) })
}

fn shell(list: &mut Vec<Object>, paper: Vec3, floor: Vec3) {
    let [w, d, h] = ROOM;
    let (paper, white) = (Interior::Paper(paper), Interior::Paint(Vec3::all(0.68)));
    block(list, vec3(-WALL, -WALL, -0.2), vec3(w + WALL, d + WALL, 0.0), Interior::Parquet(floor));
    block(list, vec3(-WALL, -WALL, h), vec3(w + WALL, d + WALL, h + 0.2), white);
    block(list, vec3(-WALL, -WALL, 0.0), vec3(0.0, d + WALL, h), paper);
    block(list, vec3(w, -WALL, 0.0), vec3(w + WALL, d + WALL, h), paper);
    block(list, vec3(0.0, -WALL, 0.0), vec3(w, 0.0, h), paper);
    // The wall with the window, in four pieces.
    let [x0, x1, z0, z1] = WINDOW;
    for (low, high) in [([0.0, 0.0], [x0, h]), ([x1, 0.0], [w, h]), ([x0, 0.0], [x1, z0]), ([x0, z1], [x1, h])] {
        block(list, vec3(low[0], d, low[1]), vec3(high[0], d + WALL, high[1]), paper);
    }
    // Skirting boards.
    let t = 0.015;
    for (low, high) in [([0.0, 0.0], [w, t]), ([0.0, d - t], [w, d]), ([0.0, 0.0], [t, d]), ([w - t, 0.0], [w, d])] {
        block(list, vec3(low[0], low[1], 0.0), vec3(high[0], high[1], 0.07), white);
    }
    // A door in the wall at y = 0: frame, leaf, handle.
    block(list, vec3(0.55, 0.0, 0.0), vec3(1.55, 0.03, 2.12), white);
    block(list, vec3(0.63, 0.03, 0.01), vec3(1.47, 0.045, 2.04), Interior::Paint(vec3(0.55, 0.52, 0.46)));
    for (z0, z1) in [(0.15, 0.85), (1.1, 1.9)] {
        block(list, vec3(0.75, 0.045, z0), vec3(1.35, 0.055, z1), Interior::Paint(vec3(0.50, 0.47, 0.41)));
    }
    block(list, vec3(1.33, 0.045, 1.02), vec3(1.45, 0.10, 1.04), Interior::Glaze(vec3(0.45, 0.42, 0.34)));
}

/// Frame, sill, curtains. There is no pane: light, LiDAR and depth go through.
fn window(list: &mut Vec<Object>) {
    let [x0, x1, z0, z1] = WINDOW;
    let d = ROOM[1];
    let white = Interior::Paint(Vec3::all(0.72));
    for (low, high) in [
        ([x0, z0], [x0 + 0.06, z1]),
        ([x1 - 0.06, z0], [x1, z1]),
        ([x0, z0], [x1, z0 + 0.06]),
        ([x0, z1 - 0.06], [x1, z1]),
        ([(x0 + x1) / 2.0 - 0.04, z0], [(x0 + x1) / 2.0 + 0.04, z1]),
    ] {
        block(list, vec3(low[0], d + 0.1, low[1]), vec3(high[0], d + 0.16, high[1]), white);
    }
    block(list, vec3(x0 - 0.1, d - 0.18, z0 - 0.05), vec3(x1 + 0.1, d + 0.1, z0), white);
    for (from, to) in [(x0 - 0.35, x0 + 0.12), (x1 - 0.12, x1 + 0.35)] {
        // Folds: a row of upright rounds.
        let folds = 6;
        for i in 0..folds {
            let x = from + (to - from) * (f64::from(i) + 0.5) / f64::from(folds);
            let centre = vec3(x, d - 0.05, 1.2);
            let shape = Shape::Cylinder { centre, axis: vec3(0.0, 0.0, 1.0), radius: 0.042, half: 1.14 };
            add::solid(list, shape, Interior::Cloth(vec3(0.52, 0.46, 0.34), 21));
        }
    }
    let rod = Shape::Cylinder {
        centre: vec3((x0 + x1) / 2.0, d - 0.05, 2.37),
        axis: vec3(1.0, 0.0, 0.0),
        radius: 0.015,
        half: 1.45,
    };
    add::solid(list, rod, Interior::Glaze(Vec3::all(0.1)));
}

fn furnish(list: &mut Vec<Object>, wood: Vec3, random: &mut Random) {
    let [w, d, _] = ROOM;
    let quarter = std::f64::consts::FRAC_PI_2;
    let near = |random: &mut Random, v: f64| v + random.between(-0.08, 0.08);
    let carpet = [1.9, 1.55, 4.5, 3.65];
    let colour = random.pick(&CLOTHS, CLOTHS[1]);
    block(list, vec3(carpet[0], carpet[1], 0.0), vec3(carpet[2], carpet[3], 0.012), Interior::Carpet(carpet, colour));
    // The table in the middle with four chairs drawn up to it.
    let (x, y, yaw) = (near(random, w / 2.0), near(random, d / 2.0), random.between(-0.1, 0.1));
    add::table(list, vec3(x, y, 0.012), yaw, wood, random);
    let seat = random.pick(&CLOTHS, CLOTHS[0]);
    for (dx, dy, turn) in
        [(-0.35, -0.62, quarter), (0.35, -0.62, quarter), (-0.35, 0.62, -quarter), (0.38, 0.66, -quarter)]
    {
        let turn = turn + random.between(-0.15, 0.15);
        add::chair(list, vec3(x + dx, y + dy, 0.012), turn, wood, seat);
    }
    // Along the walls.
    let at = vec3(0.5, near(random, 3.0), 0.0);
    add::sofa(list, at, 0.0, random.pick(&CLOTHS, CLOTHS[2]), random);
    let at = vec3(near(random, 3.1), 0.02, 0.0);
    add::bookcase(list, at, quarter, 1.5, wood, random);
    add::television(list, vec3(w - 0.02, near(random, 2.5), 0.0), 2.0 * quarter, wood);
    let at = vec3(near(random, 5.1), 0.02, 0.0);
    add::cupboard(list, at, quarter, vec3(0.45, 1.1, 0.95), vec3(0.55, 0.53, 0.48));
    add::plant(list, vec3(w - 0.45, d - 0.5, 0.0), random);
    add::plant(list, vec3(near(random, 5.0), d - 0.4, 0.0), random);
    add::floor_lamp(list, vec3(0.4, near(random, 4.6), 0.0), vec3(0.6, 0.5, 0.34));
    add::cupboard(list, vec3(w - 0.02, 4.0, 0.0), 2.0 * quarter, vec3(0.4, 0.8, 1.5), wood);
    for (at, yaw, half) in [
        (vec3(0.0, near(random, 3.0), 1.6), 0.0, [0.55, 0.36]),
        (vec3(5.1, 0.0, 1.65), quarter, [0.32, 0.40]),
        (vec3(w, 1.1, 1.55), 2.0 * quarter, [0.36, 0.28]),
        (vec3(1.1, d, 1.6), -quarter, [0.30, 0.36]),
    ] {
        add::picture(list, at, yaw, half, random);
    }
}

/// What is seen through the window: a house over the way, high enough to hide the sky from inside and low enough for the sun.
fn across_the_street(list: &mut Vec<Object>, random: &mut Random) {
    let style = Style {
        wall: vec3(0.55, 0.44, 0.32),
        trim: Vec3::all(0.55),
        spacing: 2.4,
        half_window: 0.55,
        storeys: 2,
        seed: random.seed(),
    };
    let shape = Shape::block(vec3(-30.0, 11.0, -3.0), vec3(36.0, 15.0, 8.5));
    list.push(Object { shape, material: Material::Facade(style), place: Placement::WORLD });
}
