//! Things that stand in rooms. Each function adds its solids to a list.

use super::interior::Interior;
use super::material::Material;
use super::noise::Random;
use super::scene::Object;
use super::shape::Shape;
use super::vector::{Placement, Vec3, vec3};

/// A solid with a surface of a room, painted in the world's axes.
pub fn solid(list: &mut Vec<Object>, shape: Shape, kind: Interior) {
    list.push(Object { shape, material: Material::Interior(kind), place: Placement::WORLD });
}

/// A box between two corners.
pub fn block(list: &mut Vec<Object>, low: Vec3, high: Vec3, kind: Interior) {
    solid(list, Shape::block(low, high), kind);
}

/// A box of a piece of furniture that stands at `place`: corners in the furniture's axes.
fn part(list: &mut Vec<Object>, place: &Placement, low: Vec3, high: Vec3, kind: Interior) {
    let outline = [[low.x, low.z], [high.x, low.z], [high.x, high.z], [low.x, high.z]];
    let shape = Shape::prism(&outline, low.y, high.y, 0.0, place);
    list.push(Object { shape, material: Material::Interior(kind), place: *place });
}

/// An upright round solid.
fn post(list: &mut Vec<Object>, foot: Vec3, radius: f64, height: f64, kind: Interior) {
    let centre = foot + vec3(0.0, 0.0, height / 2.0);
    solid(list, Shape::Cylinder { centre, axis: vec3(0.0, 0.0, 1.0), radius, half: height / 2.0 }, kind);
}

/// A table 1.5 × 0.85 m, 0.74 m high, with things on it.
pub fn table(list: &mut Vec<Object>, at: Vec3, yaw: f64, wood: Vec3, random: &mut Random) {
    let place = Placement::new(at, yaw);
    let (along, upright) = (Interior::Wood(wood, 0), Interior::Wood(wood * 0.85, 2));
    part(list, &place, vec3(-0.75, -0.425, 0.705), vec3(0.75, 0.425, 0.74), along);
    part(list, &place, vec3(-0.68, -0.36, 0.61), vec3(0.68, 0.36, 0.705), along);
    for (x, y) in [(-0.7, -0.38), (-0.7, 0.32), (0.64, -0.38), (0.64, 0.32)] {
        part(list, &place, vec3(x, y, 0.0), vec3(x + 0.06, y + 0.06, 0.705), upright);
    }
    let on = |x: f64, y: f64| place.point_out(vec3(x, y, 0.74));
    post(list, on(0.35, 0.12), 0.038, 0.24, Interior::Glaze(vec3(0.03, 0.10, 0.05)));
    post(list, on(0.35, 0.12) + vec3(0.0, 0.0, 0.24), 0.013, 0.07, Interior::Glaze(vec3(0.03, 0.10, 0.05)));
    for _ in 0..2 {
        let cup = on(random.between(-0.6, 0.1), random.between(-0.3, 0.3));
        let colour = vec3(random.between(0.1, 0.6), random.between(0.1, 0.6), random.between(0.2, 0.6));
        post(list, cup, 0.04, 0.09, Interior::Glaze(colour));
    }
    let bowl = on(-0.2, 0.0) + vec3(0.0, 0.0, 0.045);
    solid(
        list,
        Shape::Ellipsoid { centre: bowl, radii: vec3(0.15, 0.15, 0.05) },
        Interior::Glaze(vec3(0.5, 0.5, 0.48)),
    );
    for i in 0..4 {
        let (sin, cos) = (f64::from(i) * 1.7).sin_cos();
        let centre = bowl + vec3(0.07 * cos, 0.07 * sin, 0.05);
        let colour = [vec3(0.55, 0.20, 0.02), vec3(0.45, 0.03, 0.02), vec3(0.25, 0.35, 0.04), vec3(0.55, 0.38, 0.03)]
            [i as usize];
        solid(list, Shape::Ellipsoid { centre, radii: vec3(0.04, 0.04, 0.038) }, Interior::Glaze(colour));
    }
    let book = place.direction_out(vec3(1.0, 0.0, 0.0));
    let turned = Placement::new(on(0.0, -0.22), yaw + 0.3 * book.x);
    part(list, &turned, vec3(0.0, 0.0, 0.0), vec3(0.24, 0.17, 0.03), Interior::Cloth(vec3(0.03, 0.10, 0.30), 5));
}

/// A chair whose back is on its −x side.
pub fn chair(list: &mut Vec<Object>, at: Vec3, yaw: f64, wood: Vec3, seat: Vec3) {
    let place = Placement::new(at, yaw);
    let upright = Interior::Wood(wood, 2);
    for (x, y, top) in [(-0.2, -0.2, 0.92), (-0.2, 0.165, 0.92), (0.165, -0.2, 0.43), (0.165, 0.165, 0.43)] {
        part(list, &place, vec3(x, y, 0.0), vec3(x + 0.035, y + 0.035, top), upright);
    }
    part(list, &place, vec3(-0.21, -0.21, 0.43), vec3(0.21, 0.21, 0.47), Interior::Cloth(seat, 7));
    for z in [0.58, 0.72, 0.86] {
        part(list, &place, vec3(-0.19, -0.17, z), vec3(-0.175, 0.17, z + 0.06), Interior::Wood(wood, 1));
    }
}

/// A sofa 1.9 m wide whose back is on its −x side.
pub fn sofa(list: &mut Vec<Object>, at: Vec3, yaw: f64, cloth: Vec3, random: &mut Random) {
    let place = Placement::new(at, yaw);
    let kind = Interior::Cloth(cloth, random.seed());
    part(list, &place, vec3(-0.42, -0.95, 0.10), vec3(0.42, 0.95, 0.30), kind);
    part(list, &place, vec3(-0.42, -0.95, 0.30), vec3(-0.20, 0.95, 0.82), kind);
    for (y0, y1) in [(-0.95, -0.77), (0.77, 0.95)] {
        part(list, &place, vec3(-0.20, y0, 0.30), vec3(0.42, y1, 0.60), kind);
    }
    for (y0, y1) in [(-0.76, -0.01), (0.01, 0.76)] {
        part(list, &place, vec3(-0.19, y0, 0.30), vec3(0.43, y1, 0.44), Interior::Cloth(cloth * 1.1, random.seed()));
    }
    for (y, colour) in [(-0.55, vec3(0.45, 0.12, 0.05)), (0.5, vec3(0.42, 0.33, 0.10))] {
        let centre = place.point_out(vec3(-0.08, y, 0.58));
        solid(list, Shape::Ellipsoid { centre, radii: vec3(0.14, 0.19, 0.17) }, Interior::Cloth(colour, random.seed()));
    }
}

/// A bookcase against a wall: `width` metres along its y, 0.3 m deep along its x, five shelves of 0.36 m.
pub fn bookcase(list: &mut Vec<Object>, at: Vec3, yaw: f64, width: f64, wood: Vec3, random: &mut Random) {
    let place = Placement::new(at, yaw);
    let (upright, along) = (Interior::Wood(wood, 2), Interior::Wood(wood, 1));
    let (half, top) = (width / 2.0, 5.0 * 0.36 + 0.03);
    part(list, &place, vec3(0.0, -half, 0.0), vec3(0.02, half, top), along);
    for y in [-half, half - 0.02] {
        part(list, &place, vec3(0.0, y, 0.0), vec3(0.30, y + 0.02, top), upright);
    }
    for shelf in 0..=5 {
        let z = 0.36 * f64::from(shelf);
        part(list, &place, vec3(0.0, -half, z), vec3(0.30, half, z + 0.025), along);
        if shelf < 5 {
            // The painted backs stop at each book's height; the solid is as high as the shelf, a little way in.
            let end = half - 0.03 - random.between(0.0, 0.45) * width;
            part(
                list,
                &place,
                vec3(0.02, -half + 0.03, z + 0.025),
                vec3(0.22, end, z + 0.27),
                Interior::Books(random.seed()),
            );
        }
    }
}

/// A cupboard: its front is its +x side, with doors and handles.
pub fn cupboard(list: &mut Vec<Object>, at: Vec3, yaw: f64, size: Vec3, colour: Vec3) {
    let place = Placement::new(at, yaw);
    let half = size.y / 2.0;
    part(list, &place, vec3(0.0, -half, 0.06), vec3(size.x, half, size.z), Interior::Paint(colour));
    part(
        list,
        &place,
        vec3(0.0, -half + 0.03, 0.0),
        vec3(size.x - 0.04, half - 0.03, 0.06),
        Interior::Paint(colour * 0.4),
    );
    let doors = (size.y / 0.55).round().max(1.0);
    for door in 0..doors as i64 {
        let y0 = -half + size.y * door as f64 / doors;
        let y1 = y0 + size.y / doors;
        part(
            list,
            &place,
            vec3(size.x, y0 + 0.006, 0.08),
            vec3(size.x + 0.018, y1 - 0.006, size.z - 0.01),
            Interior::Paint(colour * 1.06),
        );
        let y = if door % 2 == 0 { y1 - 0.06 } else { y0 + 0.06 };
        let centre = place.point_out(vec3(size.x + 0.03, y, size.z * 0.62));
        solid(
            list,
            Shape::Ellipsoid { centre, radii: vec3(0.016, 0.016, 0.016) },
            Interior::Glaze(vec3(0.5, 0.45, 0.3)),
        );
    }
}

/// A plant in a pot, about 1.2 m high.
pub fn plant(list: &mut Vec<Object>, at: Vec3, random: &mut Random) {
    post(list, at, 0.17, 0.3, Interior::Glaze(vec3(0.36, 0.12, 0.05)));
    post(list, at, 0.025, 0.75, Interior::Wood(vec3(0.14, 0.09, 0.05), 2));
    for i in 0..9 {
        let (sin, cos) = (f64::from(i) * 2.399_963).sin_cos();
        let spread = random.between(0.10, 0.24);
        let centre = at + vec3(spread * cos, spread * sin, 0.62 + 0.07 * f64::from(i));
        let size = random.between(0.12, 0.19);
        let leaves = Material::Leaves(vec3(0.05, 0.14, 0.03) * random.between(0.8, 1.3), random.seed());
        let shape = Shape::Ellipsoid { centre, radii: vec3(size, size, size * 0.7) };
        list.push(Object { shape, material: leaves, place: Placement::WORLD });
    }
}

/// A floor lamp 1.6 m high.
pub fn floor_lamp(list: &mut Vec<Object>, at: Vec3, shade: Vec3) {
    let metal = Interior::Glaze(Vec3::all(0.12));
    post(list, at, 0.15, 0.025, metal);
    post(list, at, 0.014, 1.45, metal);
    post(list, at + vec3(0.0, 0.0, 1.32), 0.19, 0.28, Interior::Cloth(shade, 11));
}

/// A picture on a wall: `at` is its middle, and it faces the +x of a place turned by `yaw`.
pub fn picture(list: &mut Vec<Object>, at: Vec3, yaw: f64, half: [f64; 2], random: &mut Random) {
    let place = Placement::new(at, yaw);
    let [w, h] = half;
    part(list, &place, vec3(-0.005, -w, -h), vec3(0.03, w, h), Interior::Picture(half, random.seed()));
}

/// A television on a low board whose front is its +x side.
pub fn television(list: &mut Vec<Object>, at: Vec3, yaw: f64, wood: Vec3) {
    let place = Placement::new(at, yaw);
    part(list, &place, vec3(0.0, -0.8, 0.12), vec3(0.42, 0.8, 0.45), Interior::Wood(wood, 1));
    part(list, &place, vec3(0.03, -0.75, 0.0), vec3(0.38, 0.75, 0.12), Interior::Paint(Vec3::all(0.03)));
    part(list, &place, vec3(0.14, -0.2, 0.45), vec3(0.3, 0.2, 0.47), Interior::Paint(Vec3::all(0.03)));
    part(list, &place, vec3(0.20, -0.52, 0.50), vec3(0.24, 0.52, 1.10), Interior::Paint(Vec3::all(0.02)));
    part(list, &place, vec3(0.24, -0.50, 0.52), vec3(0.242, 0.50, 1.08), Interior::Screen);
}
