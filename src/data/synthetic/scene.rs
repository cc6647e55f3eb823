//! A [`Scene`]: objects in a tree of boxes, and what a ray meets first.

use super::material::Material;
use super::shape::{Ray, Shape};
use super::vector::{Placement, Vec3};

/// A solid with its surface.
#[derive(Debug, Clone)]
pub struct Object {
    /// Where it is.
    pub shape: Shape,
    /// What it looks like.
    pub material: Material,
    /// The axes its material is painted in.
    pub place: Placement,
}

/// What a ray meets.
#[derive(Debug, Clone, Copy)]
pub struct Hit<'a> {
    /// Parameter on the ray: metres, when the ray's direction has length 1.
    pub t: f64,
    /// The point.
    pub point: Vec3,
    /// Outward unit normal of the solid, towards the ray's side.
    pub normal: Vec3,
    /// The object.
    pub object: &'a Object,
}

/// Hits nearer than this to a ray's start are the surface it started from.
const NEAR: f64 = 1e-6;

/// Objects, sorted once into a tree so that a ray tests few of them.
#[derive(Debug, Clone)]
pub struct Scene {
    objects: Vec<Object>,
    /// Objects without bounds (the ground), tested by every ray.
    endless: Vec<Object>,
    nodes: Vec<Node>,
}

/// A box and what is in it: two further nodes, or a run of objects.
#[derive(Debug, Clone)]
struct Node {
    bounds: [Vec3; 2],
    content: Content,
}

#[derive(Debug, Clone, Copy)]
enum Content {
    Nodes(usize, usize),
    Objects(usize, usize),
}

impl Scene {
    /// Sorts the objects.
    pub fn new(objects: Vec<Object>) -> Self {
        let (mut objects, endless): (Vec<_>, Vec<_>) =
            objects.into_iter().partition(|o| o.shape.bounds()[1].x.is_finite());
        let mut nodes = Vec::new();
        let count = objects.len();
        build(&mut objects, 0, count, &mut nodes);
        Self { objects, endless, nodes }
    }

    /// Number of objects.
    pub fn len(&self) -> usize {
        self.objects.len() + self.endless.len()
    }

    /// True when there is nothing to hit.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The first surface that a ray meets before parameter `limit`.
    pub fn cast(&self, ray: &Ray, limit: f64) -> Option<Hit<'_>> {
        self.search(ray, limit, false)
    }

    /// How far a ray gets, up to `limit`: any surface on the way will do, so this is faster than [`Scene::cast`].
    pub fn reach(&self, ray: &Ray, limit: f64) -> f64 {
        self.search(ray, limit, true).map_or(limit, |hit| hit.t)
    }

    fn search(&self, ray: &Ray, limit: f64, any: bool) -> Option<Hit<'_>> {
        let mut best: Option<Hit<'_>> = None;
        let mut limit = limit;
        let test = |object: &Object, limit: &mut f64| -> Option<(f64, Vec3)> {
            let found = first_solid(object, ray, *limit)?;
            *limit = found.0;
            Some(found)
        };
        for object in &self.endless {
            if let Some((t, normal)) = test(object, &mut limit) {
                best = Some(Hit { t, point: ray.at(t), normal, object });
            }
        }
        let inverse = Vec3 { x: 1.0 / ray.direction.x, y: 1.0 / ray.direction.y, z: 1.0 / ray.direction.z };
        // The tree halves its objects, so it is never deeper than this.
        let mut stack = [0usize; 64];
        let mut depth = usize::from(!self.nodes.is_empty());
        while depth > 0 && !(any && best.is_some()) {
            depth -= 1;
            let node = &self.nodes[stack[depth]];
            if !crosses(&node.bounds, ray.origin, inverse, limit) {
                continue;
            }
            match node.content {
                Content::Nodes(a, b) if depth + 2 <= stack.len() => {
                    (stack[depth], stack[depth + 1]) = (a, b);
                    depth += 2;
                }
                Content::Nodes(..) => {}
                Content::Objects(from, to) => {
                    for object in &self.objects[from..to] {
                        if let Some((t, normal)) = test(object, &mut limit) {
                            best = Some(Hit { t, point: ray.at(t), normal, object });
                        }
                    }
                }
            }
        }
        best
    }
}

/// Where a ray first meets the object's solid parts: leaves have gaps, through which it goes on to the far side.
fn first_solid(object: &Object, ray: &Ray, limit: f64) -> Option<(f64, Vec3)> {
    let [(enter, n0), (leave, n1)] = object.shape.crossings(ray)?;
    if enter >= limit || leave <= NEAR {
        return None;
    }
    if enter > NEAR && object.material.is_solid(ray.at(enter)) {
        return Some((enter, n0));
    }
    // Only a surface with gaps is ever seen from within.
    let through = object.material.has_gaps() && leave < limit && object.material.is_solid(ray.at(leave));
    through.then_some((leave, -n1))
}

/// True when the ray is inside the box somewhere between its start and `limit`.
fn crosses(bounds: &[Vec3; 2], origin: Vec3, inverse: Vec3, limit: f64) -> bool {
    let axis = |low: f64, high: f64, o: f64, i: f64| {
        let (a, b) = ((low - o) * i, (high - o) * i);
        // A NaN (a ray along the face) is dropped by f64::min and max.
        (a.min(b), a.max(b))
    };
    let (x0, x1) = axis(bounds[0].x, bounds[1].x, origin.x, inverse.x);
    let (y0, y1) = axis(bounds[0].y, bounds[1].y, origin.y, inverse.y);
    let (z0, z1) = axis(bounds[0].z, bounds[1].z, origin.z, inverse.z);
    let enter = x0.max(y0).max(z0).max(0.0);
    enter <= x1.min(y1).min(z1).min(limit)
}

/// Makes the node for a run of objects and all below it; returns its index.
fn build(objects: &mut [Object], from: usize, to: usize, nodes: &mut Vec<Node>) -> usize {
    let run = &mut objects[from..to];
    let empty = [Vec3::all(f64::INFINITY), Vec3::all(f64::NEG_INFINITY)];
    let bounds = run.iter().map(|o| o.shape.bounds()).fold(empty, |a, b| [a[0].min(b[0]), a[1].max(b[1])]);
    let index = nodes.len();
    nodes.push(Node { bounds, content: Content::Objects(from, to) });
    if run.len() > 3 {
        let size = bounds[1] - bounds[0];
        let key = |o: &Object| {
            let b = o.shape.bounds();
            let middle = b[0] + b[1];
            if size.x >= size.y && size.x >= size.z {
                middle.x
            } else if size.y >= size.z {
                middle.y
            } else {
                middle.z
            }
        };
        run.sort_by(|a, b| key(a).total_cmp(&key(b)));
        let half = from + (to - from) / 2;
        let a = build(objects, from, half, nodes);
        let b = build(objects, half, to, nodes);
        nodes[index].content = Content::Nodes(a, b);
    }
    index
}

#[cfg(test)]
mod tests {
    use super::super::noise::Random;
    use super::super::vector::vec3;
    use super::*;

    #[test]
    fn the_tree_finds_what_testing_every_object_finds() {
        let mut random = Random::new(3);
        let objects: Vec<Object> = (0..200)
            .map(|_| {
                let centre = vec3(random.between(-9.0, 9.0), random.between(-9.0, 9.0), random.between(0.0, 9.0));
                let radii = vec3(random.between(0.1, 0.8), random.between(0.1, 0.8), random.between(0.1, 0.8));
                let shape = Shape::Ellipsoid { centre, radii };
                Object { shape, material: Material::Metal(Vec3::all(0.5)), place: Placement::WORLD }
            })
            .chain([Object { shape: Shape::Ground { z: 0.0 }, material: Material::Grass, place: Placement::WORLD }])
            .collect();
        let scene = Scene::new(objects.clone());
        assert_eq!(scene.len(), 201);
        let mut hits = 0;
        for _ in 0..2000 {
            let origin = vec3(random.between(-12.0, 12.0), random.between(-12.0, 12.0), random.between(0.1, 12.0));
            let direction = vec3(random.between(-1.0, 1.0), random.between(-1.0, 1.0), random.between(-1.0, 1.0));
            let ray = Ray { origin, direction: direction.unit() };
            let want = objects.iter().filter_map(|o| first_solid(o, &ray, 30.0)).map(|f| f.0).min_by(f64::total_cmp);
            assert_eq!(scene.cast(&ray, 30.0).map(|h| h.t), want);
            assert_eq!(scene.reach(&ray, 30.0) < 30.0, want.is_some());
            hits += usize::from(want.is_some());
        }
        assert!(hits > 500);
        assert!(Scene::new(Vec::new()).is_empty());
    }
}
