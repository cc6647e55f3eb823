//! The road scene: a residential street laid out from a seed.

use super::facade::Style;
use super::material::{Material, Street};
use super::noise::Random;
use super::props;
use super::render::Light;
use super::scene::{Object, Scene};
use super::shape::Shape;
use super::vector::{Placement, Vec3, vec3};

/// Colours of cars, as linear light.
const PAINTS: [Vec3; 8] = [
    vec3(0.50, 0.51, 0.52),
    vec3(0.03, 0.035, 0.04),
    vec3(0.33, 0.02, 0.02),
    vec3(0.03, 0.08, 0.24),
    vec3(0.68, 0.68, 0.66),
    vec3(0.13, 0.14, 0.15),
    vec3(0.05, 0.14, 0.11),
    vec3(0.30, 0.26, 0.19),
];
/// Colours of plaster.
const WALLS: [Vec3; 6] = [
    vec3(0.62, 0.55, 0.40),
    vec3(0.66, 0.62, 0.54),
    vec3(0.52, 0.33, 0.22),
    vec3(0.48, 0.53, 0.50),
    vec3(0.64, 0.46, 0.33),
    vec3(0.40, 0.22, 0.16),
];
const ROOFS: [Vec3; 3] = [vec3(0.30, 0.10, 0.06), vec3(0.20, 0.09, 0.07), vec3(0.13, 0.12, 0.12)];
const LEAVES: [Vec3; 3] = [vec3(0.085, 0.16, 0.03), vec3(0.11, 0.17, 0.035), vec3(0.06, 0.13, 0.035)];

/// The camera drives in the right lane, whose middle is y = 0; the oncoming lane lies to its left.
const STREET: Street = Street { centre: 1.75, edge: -1.75, lanes: [0.0, 3.5] };
/// Kerbs, in metres to the left: the right one lies behind the parking strip.
const KERBS: [f64; 2] = [-4.0, 5.4];
/// Height of the pavements in metres.
const PAVEMENT: f64 = 0.12;
/// The street is built up to here, in metres ahead.
const LENGTH: f64 = 175.0;

/// The scene and its light. The ground is at z = 0 and the street runs along x.
///
/// `travelled` is the way in metres that our own car has gone since the first frame: the car ahead keeps its distance,
/// the oncoming ones have come towards us by as much.
pub fn scene(seed: u64, travelled: f64) -> (Scene, Light) {
    let mut random = Random::new(seed);
    let mut list = vec![Object { shape: Shape::Ground { z: 0.0 }, material: Material::Grass, place: Placement::WORLD }];
    ground(&mut list);
    right_side(&mut list, &mut random);
    left_side(&mut list, &mut random);
    cars(&mut list, &mut random, travelled);
    far_end(&mut list, &mut random);
    let light = Light { sun: vec3(-0.42, 0.62, 0.66).unit(), haze: 700.0, seed: random.seed(), indoors: None };
    (Scene::new(list), light)
}

fn slab(list: &mut Vec<Object>, y: [f64; 2], top: f64, material: Material) {
    let shape = Shape::block(vec3(-30.0, y[0], -0.5), vec3(LENGTH + 60.0, y[1], top));
    list.push(Object { shape, material, place: Placement::WORLD });
}

fn ground(list: &mut Vec<Object>) {
    let [right, left] = KERBS;
    // A centimetre above the lawn, which is everywhere else.
    slab(list, [right, left], 0.01, Material::Asphalt(STREET));
    slab(list, [right - 0.16, right], PAVEMENT, Material::Kerb);
    slab(list, [left, left + 0.16], PAVEMENT, Material::Kerb);
    slab(list, [-9.0, right - 0.16], PAVEMENT - 0.01, Material::Slabs);
    slab(list, [left + 0.16, 7.4], PAVEMENT - 0.01, Material::Slabs);
}

fn style(random: &mut Random, storeys: i64) -> Style {
    Style {
        wall: random.pick(&WALLS, WALLS[0]) * random.between(0.85, 1.1),
        trim: vec3(0.66, 0.64, 0.58) * random.between(0.75, 1.05),
        spacing: random.between(2.3, 3.0),
        half_window: random.between(0.5, 0.68),
        storeys,
        seed: random.seed(),
    }
}

/// A closed row of town houses at the pavement.
fn right_side(list: &mut Vec<Object>, random: &mut Random) {
    let mut x = -14.0;
    while x < LENGTH {
        let length = random.between(9.0, 16.0);
        let storeys = if random.between(0.0, 1.0) < 0.45 { 3 } else { 2 };
        let front = -8.2 - random.between(0.0, 0.5);
        let look = style(random, storeys);
        let roof = random.pick(&ROOFS, ROOFS[0]);
        props::house(list, [x, front - 9.5], [x + length, front], look, roof);
        x += length;
        if random.between(0.0, 1.0) < 0.22 {
            // A gap with a tree behind a wall.
            let wall = Shape::block(vec3(x, front - 0.3, 0.0), vec3(x + 6.0, front, 1.7));
            let material = Material::Plaster(vec3(0.42, 0.36, 0.29));
            list.push(Object { shape: wall, material, place: Placement::WORLD });
            let leaf = random.pick(&LEAVES, LEAVES[0]);
            props::tree(list, vec3(x + 3.0, front - 4.0, 0.0), random.between(7.5, 9.5), leaf, random);
            x += 6.0;
        }
    }
    for i in 0..6 {
        props::lamp(list, vec3(13.0 + 28.0 * f64::from(i), -4.55, PAVEMENT), 1.6);
    }
    let (white, red, blue) = (Vec3::all(0.7), vec3(0.5, 0.02, 0.02), vec3(0.02, 0.08, 0.40));
    props::sign(list, vec3(17.5, -4.6, PAVEMENT), white, red);
    props::sign(list, vec3(44.0, -4.6, PAVEMENT), blue, white);
}

/// Trees on a verge, a hedge, and detached houses behind it.
fn left_side(list: &mut Vec<Object>, random: &mut Random) {
    let mut x = 5.5;
    while x < LENGTH {
        let leaf = random.pick(&LEAVES, LEAVES[0]);
        let at = vec3(x, random.between(8.2, 9.0), 0.0);
        props::tree(list, at, random.between(6.2, 8.6), leaf, random);
        x += random.between(8.0, 13.5);
    }
    let mut x = -8.0;
    while x < LENGTH {
        let end = x + random.between(12.0, 19.0);
        props::hedge(list, vec3(x, 10.6, 0.0), vec3(end - 2.6, 11.5, random.between(1.2, 1.6)));
        let look = style(random, 2);
        let roof = random.pick(&ROOFS, ROOFS[0]);
        let front = random.between(14.5, 17.0);
        props::house(list, [x + 1.0, front], [end - 2.0, front + 8.5], look, roof);
        x = end;
    }
    props::lamp(list, vec3(30.0, 5.95, PAVEMENT), -1.6);
    props::lamp(list, vec3(72.0, 5.95, PAVEMENT), -1.6);
}

fn cars(list: &mut Vec<Object>, random: &mut Random, travelled: f64) {
    let mut add = |random: &mut Random, x: f64, y: f64, yaw: f64| {
        let paint = random.pick(&PAINTS, PAINTS[0]);
        let estate = random.between(0.0, 1.0) < 0.45;
        props::car(list, vec3(x, y, 0.01), yaw, paint, estate);
    };
    // Traffic: one car ahead, two that come towards us.
    add(random, 24.0 + travelled, 0.1, 0.0);
    add(random, 33.0 - travelled, 3.5, std::f64::consts::PI);
    add(random, 68.0 - travelled, 3.45, std::f64::consts::PI);
    // Parked along the right kerb, in bays of 6 m, some of them empty.
    let mut bay = 8.0;
    while bay < 130.0 {
        if random.between(0.0, 1.0) < 0.72 {
            let (x, y) = (bay + random.between(-0.4, 0.4), -2.98 + random.between(-0.1, 0.1));
            let yaw = random.between(-0.03, 0.03);
            add(random, x, y, yaw);
        }
        bay += 6.0;
    }
}

/// Where the street ends: trees across it, and wooded hills.
fn far_end(list: &mut Vec<Object>, random: &mut Random) {
    for i in 0..9 {
        let leaf = random.pick(&LEAVES, LEAVES[0]);
        let at = vec3(LENGTH + 30.0 + random.between(0.0, 20.0), f64::from(i) * 9.0 - 36.0, 0.0);
        props::tree(list, at, random.between(8.0, 12.0), leaf, random);
    }
    for (centre, radii) in [
        (vec3(900.0, 260.0, -30.0), vec3(300.0, 420.0, 110.0)),
        (vec3(1300.0, -420.0, -40.0), vec3(380.0, 700.0, 150.0)),
    ] {
        let material = Material::Plaster(vec3(0.07, 0.12, 0.05));
        list.push(Object { shape: Shape::Ellipsoid { centre, radii }, material, place: Placement::WORLD });
    }
}
