//! Things that stand in streets: cars, houses, trees, lamps, signs. Each function adds its solids to a list.

use super::facade::{STOREY, Style};
use super::material::{AXLES, CAR_HALF_WIDTH, Material, WHEEL_RADIUS};
use super::noise::Random;
use super::scene::Object;
use super::shape::Shape;
use super::vector::{Placement, Vec3, vec3};

fn object(shape: Shape, material: Material, place: Placement) -> Object {
    Object { shape, material, place }
}

/// A saloon or estate car standing at `at` (the ground below its middle), turned left by `yaw` radians.
pub fn car(list: &mut Vec<Object>, at: Vec3, yaw: f64, paint: Vec3, estate: bool) {
    let place = Placement::new(at, yaw);
    let body = [
        [-2.12, 0.34],
        [-2.0, 0.22],
        [2.0, 0.22],
        [2.14, 0.36],
        [2.13, 0.62],
        [2.02, 0.72],
        [1.05, 0.88],
        [-1.9, 0.92],
        [-2.1, 0.80],
    ];
    list.push(object(
        Shape::prism(&body, -CAR_HALF_WIDTH, CAR_HALF_WIDTH, 0.06, &place),
        Material::CarBody(paint),
        place,
    ));
    let rear = if estate { [-2.02, 0.86, -1.82, 1.44] } else { [-1.88, 0.86, -1.12, 1.43] };
    let cabin = [[rear[0], rear[1]], [1.2, 0.84], [0.42, 1.40], [0.1, 1.46], [rear[2] + 0.5, 1.47], [rear[2], rear[3]]];
    list.push(object(Shape::prism(&cabin, -0.80, 0.80, 0.26, &place), Material::CarCabin(paint), place));
    for x in AXLES {
        for side in [-1.0, 1.0] {
            let centre = place.point_out(vec3(x, side * (CAR_HALF_WIDTH - 0.08), WHEEL_RADIUS));
            let axis = place.direction_out(vec3(0.0, 1.0, 0.0));
            let shape = Shape::Cylinder { centre, axis, radius: WHEEL_RADIUS, half: 0.11 };
            list.push(object(shape, Material::Wheel([x, WHEEL_RADIUS]), place));
        }
    }
    // Mirrors.
    for side in [-1.0, 1.0] {
        let radii = vec3(0.09, 0.11, 0.08);
        let centre = place.point_out(vec3(0.72, side * 0.93, 0.93));
        list.push(object(Shape::Ellipsoid { centre, radii }, Material::Metal(paint), place));
    }
}

/// A house between two corners on the ground with a pitched roof whose ridge runs along x.
pub fn house(list: &mut Vec<Object>, low: [f64; 2], high: [f64; 2], style: Style, roof: Vec3) {
    let eaves = style.storeys as f64 * STOREY + 0.35;
    let (depth, length) = (high[1] - low[1], high[0] - low[0]);
    let wall = Shape::block(vec3(low[0], low[1], 0.0), vec3(high[0], high[1], eaves));
    list.push(object(wall, Material::Facade(style), Placement::WORLD));
    // The gable is an outline in x–z turned by a quarter, so that it is drawn out along x.
    let place = Placement::new(vec3(low[0], (low[1] + high[1]) / 2.0, eaves), std::f64::consts::FRAC_PI_2);
    let (half, ridge) = (depth / 2.0 + 0.35, depth * 0.38);
    let gable = [[-half, -0.12], [half, -0.12], [half, 0.06], [0.0, ridge], [-half, 0.06]];
    list.push(object(Shape::prism(&gable, -length, 0.0, 0.0, &place), Material::Tiles(roof), Placement::WORLD));
    // Chimneys, and a pipe that brings the rain down between this house and the next.
    for share in [0.22, 0.71] {
        let (x, y) = (low[0] + share * length, (low[1] + high[1]) / 2.0 + 0.9);
        let top = eaves + ridge + 0.7;
        let chimney = Shape::block(vec3(x, y, eaves), vec3(x + 0.7, y + 0.5, top));
        list.push(object(chimney, Material::Tiles(vec3(0.24, 0.10, 0.07)), Placement::WORLD));
    }
    for y in [low[1] - 0.07, high[1] + 0.07] {
        let centre = vec3(low[0] + 0.25, y, eaves / 2.0);
        let shape = Shape::Cylinder { centre, axis: vec3(0.0, 0.0, 1.0), radius: 0.055, half: eaves / 2.0 };
        list.push(object(shape, Material::Metal(vec3(0.25, 0.27, 0.27)), Placement::WORLD));
    }
}

/// A broad-leaved tree of the given height in metres.
pub fn tree(list: &mut Vec<Object>, at: Vec3, height: f64, leaf: Vec3, random: &mut Random) {
    let up = vec3(0.0, 0.0, 1.0);
    let (trunk, crown) = (height * 0.5, height * 0.30);
    let middle = at + up * (height - crown);
    let bark = |centre, axis, radius, half| {
        object(Shape::Cylinder { centre, axis, radius, half }, Material::Bark, Placement::WORLD)
    };
    list.push(bark(at + up * (trunk / 2.0), up, 0.028 * height, trunk / 2.0));
    for _ in 0..5 {
        let tip =
            middle + vec3(random.between(-1.0, 1.0), random.between(-1.0, 1.0), random.between(-0.2, 0.6)) * crown;
        let foot = at + up * (trunk * random.between(0.75, 0.98));
        let along = tip - foot;
        list.push(bark(foot.mix(tip, 0.5), along.unit(), 0.010 * height, along.length() / 2.0));
    }
    for i in 0..26 {
        // On a spiral around the middle, so that the crown has no holes; then moved a little.
        let level = 1.0 - 2.0 * (f64::from(i) + 0.5) / 26.0;
        let ring = (1.0 - level * level).sqrt();
        let (sin, cos) = (f64::from(i) * 2.399_963).sin_cos();
        let spread = random.between(0.45, 0.92) * crown;
        let centre = middle + vec3(ring * cos * spread, ring * sin * spread, level * spread * 0.9);
        let size = crown * random.between(0.30, 0.46);
        let radii = vec3(size, size, size * random.between(0.7, 0.95));
        let leaf = leaf * random.between(0.8, 1.2);
        list.push(object(Shape::Ellipsoid { centre, radii }, Material::Leaves(leaf, random.seed()), Placement::WORLD));
    }
}

/// A hedge along x between two corners, made of one clipped body.
pub fn hedge(list: &mut Vec<Object>, low: Vec3, high: Vec3) {
    list.push(object(Shape::block(low, high), Material::Hedge(vec3(0.055, 0.10, 0.03)), Placement::WORLD));
}

/// A street lamp whose arm reaches `reach` metres to the left (negative: to the right).
pub fn lamp(list: &mut Vec<Object>, at: Vec3, reach: f64) {
    let (grey, up, left) = (Material::Metal(vec3(0.20, 0.22, 0.22)), vec3(0.0, 0.0, 1.0), vec3(0.0, 1.0, 0.0));
    let mut add = |centre: Vec3, axis, radius, half| {
        list.push(object(Shape::Cylinder { centre, axis, radius, half }, grey, Placement::WORLD));
    };
    add(at + up * 0.5, up, 0.11, 0.5);
    add(at + up * 3.6, up, 0.065, 3.6);
    add(at + up * 7.15 + left * (reach / 2.0), left, 0.045, reach.abs() / 2.0);
    let head = at + up * 7.1 + left * reach;
    list.push(object(
        Shape::Ellipsoid { centre: head, radii: vec3(0.16, 0.42, 0.09) },
        Material::Metal(vec3(0.5, 0.5, 0.48)),
        Placement::WORLD,
    ));
}

/// A round sign on a pole, facing the camera's traffic.
pub fn sign(list: &mut Vec<Object>, at: Vec3, inside: Vec3, rim: Vec3) {
    let (up, radius) = (vec3(0.0, 0.0, 1.0), 0.34);
    let pole = Shape::Cylinder { centre: at + up * 1.4, axis: up, radius: 0.035, half: 1.4 };
    list.push(object(pole, Material::Metal(Vec3::all(0.38)), Placement::WORLD));
    let centre = at + up * 2.55 - vec3(0.06, 0.0, 0.0);
    let disc = Shape::Cylinder { centre, axis: vec3(1.0, 0.0, 0.0), radius, half: 0.015 };
    list.push(object(disc, Material::Sign { inside, rim, radius }, Placement::new(centre, 0.0)));
}
