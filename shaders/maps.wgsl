// Draws one picture of the window: an RGB frame, or a map of one value a pixel through a colour table.
// Everything is in gamma space: a table's bytes arrive on the screen as they are (see `encode`).
// Above 1:1 a screen pixel shows exactly one texel; below, the mean of the valid texels it covers.

struct Params {
    origin: vec2<f32>,   // the picture's top left corner in framebuffer pixels
    size: vec2<f32>,     // its size in framebuffer pixels
    range: vec2<f32>,    // the least and the greatest value of the colour table
    opacity: f32,        // of the map over the RGB frame, with FLAG_OVERLAY
    lut_row: u32,        // which colour table
    mode: u32,           // what is drawn of planes a and b, MODE_*
    flags: u32,          // FLAG_*
    points: f32,         // width of a sparse point in texels, with FLAG_SPARSE; 1 as it is
    pad: u32,
    mask: vec4<f32>,     // colour of pixels without a value
};

const MODE_VALUE: u32 = 0u;     // a
const MODE_SIGNED: u32 = 1u;    // a - b, a is the prediction and b the ground truth
const MODE_ABSOLUTE: u32 = 2u;  // |a - b|
const MODE_RELATIVE: u32 = 3u;  // |a - b| / b
const MODE_DELTA1: u32 = 4u;    // 1 where max(a/b, b/a) >= 1.25

const FLAG_SRGB_TARGET: u32 = 1u; // the framebuffer encodes by itself
const FLAG_SMOOTH: u32 = 2u;      // bilinear instead of the native grid
const FLAG_OVERLAY: u32 = 4u;     // blend over the RGB frame
const FLAG_SPARSE: u32 = 8u;      // few valid texels: each is at least a 1.5 pixel point
const FLAG_REVERSED: u32 = 16u;   // the table is read from its other end

// Texels below this have no value; see `render::plane::NO_VALUE`.
const NO_VALUE: f32 = -1e29;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var frame: texture_2d<f32>;
@group(0) @binding(2) var frame_sampler: sampler;
@group(0) @binding(3) var plane_a: texture_2d<f32>;
@group(0) @binding(4) var plane_b: texture_2d<f32>;
@group(0) @binding(5) var lut: texture_2d<f32>;

@vertex
fn vs(@builtin(vertex_index) i: u32) -> @builtin(position) vec4<f32> {
    // One triangle that covers the viewport.
    let corner = vec2<f32>(f32((i << 1u) & 2u), f32(i & 2u));
    return vec4<f32>(corner * 2.0 - 1.0, 0.0, 1.0);
}

// Gamma-space colour to what the framebuffer wants.
fn encode(gamma: vec3<f32>) -> vec4<f32> {
    if (params.flags & FLAG_SRGB_TARGET) == 0u {
        return vec4<f32>(gamma, 1.0);
    }
    let low = gamma / 12.92;
    let high = pow((gamma + 0.055) / 1.055, vec3<f32>(2.4));
    return vec4<f32>(select(high, low, gamma < vec3<f32>(0.04045)), 1.0);
}

// Nearest texel above 1:1 (the sampler's magnification filter), trilinear below.
fn frame_at(uv: vec2<f32>) -> vec3<f32> {
    let per_pixel = vec2<f32>(textureDimensions(frame, 0)) / params.size;
    let lod = log2(max(per_pixel.x, per_pixel.y));
    return textureSampleLevel(frame, frame_sampler, uv, max(lod, 0.0)).rgb;
}

fn colour(value: f32) -> vec3<f32> {
    let t = (value - params.range.x) / (params.range.y - params.range.x);
    var index = i32(clamp(floor(t * 256.0), 0.0, 255.0));
    if (params.flags & FLAG_REVERSED) != 0u {
        index = 255 - index;
    }
    return textureLoad(lut, vec2<i32>(index, i32(params.lut_row)), 0).rgb;
}

// The value of one texel and whether it has one (1 or 0).
fn texel(at: vec2<i32>) -> vec2<f32> {
    let a = textureLoad(plane_a, at, 0).r;
    if a < NO_VALUE {
        return vec2<f32>(0.0, 0.0);
    }
    if params.mode == MODE_VALUE {
        return vec2<f32>(a, 1.0);
    }
    let b = textureLoad(plane_b, at, 0).r;
    if b < NO_VALUE {
        return vec2<f32>(0.0, 0.0);
    }
    switch params.mode {
        case MODE_SIGNED: { return vec2<f32>(a - b, 1.0); }
        case MODE_ABSOLUTE: { return vec2<f32>(abs(a - b), 1.0); }
        case MODE_RELATIVE: { return vec2<f32>(abs(a - b) / b, 1.0); }
        default: { return vec2<f32>(select(0.0, 1.0, max(a / b, b / a) >= 1.25), 1.0); }
    }
}

fn clamped(at: vec2<f32>, size: vec2<f32>) -> vec2<i32> {
    return vec2<i32>(clamp(floor(at), vec2<f32>(0.0), size - 1.0));
}

// Bilinear between texel centres; a cell without a value makes the result one.
fn smooth_value(at: vec2<f32>, size: vec2<f32>) -> vec2<f32> {
    let p = at - 0.5;
    let f = fract(p);
    let tl = texel(clamped(p, size));
    let tr = texel(clamped(p + vec2<f32>(1.0, 0.0), size));
    let bl = texel(clamped(p + vec2<f32>(0.0, 1.0), size));
    let br = texel(clamped(p + vec2<f32>(1.0, 1.0), size));
    let value = mix(mix(tl.x, tr.x, f.x), mix(bl.x, br.x, f.x), f.y);
    return vec2<f32>(value, tl.y * tr.y * bl.y * br.y);
}

// Mean over the texels under one screen pixel, at most 6 x 6 of them; no value when most have none.
fn mean_value(at: vec2<f32>, size: vec2<f32>, per_pixel: vec2<f32>) -> vec2<f32> {
    let n = clamp(ceil(per_pixel), vec2<f32>(1.0), vec2<f32>(6.0));
    var sum = 0.0;
    var count = 0.0;
    for (var y = 0.0; y < n.y; y += 1.0) {
        for (var x = 0.0; x < n.x; x += 1.0) {
            let offset = ((vec2<f32>(x, y) + 0.5) / n - 0.5) * per_pixel;
            let v = texel(clamped(at + offset, size));
            sum += v.x * v.y;
            count += v.y;
        }
    }
    if count * 2.0 < n.x * n.y || count == 0.0 {
        return vec2<f32>(0.0, 0.0);
    }
    return vec2<f32>(sum / count, 1.0);
}

// The nearest valid texel within a point of 1.5 screen pixels, or of as many texels as a person asked for; the data
// itself is not dilated.
fn point_value(at: vec2<f32>, size: vec2<f32>, per_pixel: vec2<f32>) -> vec2<f32> {
    let radius = max(max(per_pixel * 0.75, vec2<f32>(0.5)), vec2<f32>(params.points * 0.5));
    let first = vec2<i32>(max(ceil(at - radius - 0.5), vec2<f32>(0.0)));
    let last = vec2<i32>(min(floor(at + radius - 0.5), size - 1.0));
    // At most 17 x 17 texels are looked at, so that a huge picture cannot stall the window.
    let end = min(last, first + vec2<i32>(16));
    var best = vec2<f32>(0.0, 0.0);
    var nearest = 1e30;
    for (var y = first.y; y <= end.y; y += 1) {
        for (var x = first.x; x <= end.x; x += 1) {
            let away = vec2<f32>(f32(x), f32(y)) + 0.5 - at;
            let d = dot(away, away);
            if d < nearest {
                let v = texel(vec2<i32>(x, y));
                if v.y > 0.0 {
                    best = v;
                    nearest = d;
                }
            }
        }
    }
    return best;
}

fn value_at(uv: vec2<f32>) -> vec2<f32> {
    let size = vec2<f32>(textureDimensions(plane_a, 0));
    let at = uv * size;
    let per_pixel = size / params.size;
    let coarse = max(per_pixel.x, per_pixel.y);
    if (params.flags & FLAG_SPARSE) != 0u && (coarse > 0.67 || params.points > 1.0) {
        return point_value(at, size, per_pixel);
    }
    if coarse > 1.0 {
        return mean_value(at, size, per_pixel);
    }
    if (params.flags & FLAG_SMOOTH) != 0u {
        return smooth_value(at, size);
    }
    return texel(clamped(at, size));
}

@fragment
fn fs_frame(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let uv = (position.xy - params.origin) / params.size;
    if any(uv < vec2<f32>(0.0)) || any(uv >= vec2<f32>(1.0)) {
        discard;
    }
    return encode(frame_at(uv));
}

@fragment
fn fs_map(@builtin(position) position: vec4<f32>) -> @location(0) vec4<f32> {
    let uv = (position.xy - params.origin) / params.size;
    if any(uv < vec2<f32>(0.0)) || any(uv >= vec2<f32>(1.0)) {
        discard;
    }
    let v = value_at(uv);
    var rgb = params.mask.rgb;
    if v.y > 0.0 {
        rgb = colour(v.x);
    }
    if (params.flags & FLAG_OVERLAY) != 0u {
        rgb = mix(frame_at(uv), rgb, params.opacity);
    }
    return encode(rgb);
}
