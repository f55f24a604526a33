import Foundation

/// A shape of a ``SecretPicture``: an area that is filled, or a line with round ends.
///
/// One line of text is one shape, in a square of 100 by 100 with y downwards:
///
///     disc red 50 50 20              centre, radius
///     oval red 50 50 20 10 30        centre, radii, degrees clockwise if turned
///     area red 10,10 90,10 50,80     a polygon
///     blob red 10,10 90,10 50,80     the smooth closed curve through these points (Catmull-Rom)
///     line red 4 10,10 90,10         a polyline of that width
///     bend red 4 10,10 50,20 90,10   the smooth curve through these points
///
/// `mirror` before any of them draws it a second time, mirrored left to right.
struct DrawnShape: Equatable {
    struct Point: Equatable {
        var x, y: Double
    }

    /// The corners of an area, or those along a line.
    var points: [Point]
    /// How wide a line is; `nil` for an area.
    let width: Double?
    let colour: Colour

    /// A colour without transparency, 0xRRGGBB.
    struct Colour: Equatable {
        let rgb: Int32

        /// The colours that drawings name.
        static let named: [Substring: Colour] = [
            "red": Colour(rgb: 0xD7282D), "orange": Colour(rgb: 0xF28723), "gold": Colour(rgb: 0xFAC832), "lime": Colour(rgb: 0xA5CD46),
            "green": Colour(rgb: 0x4BA04B), "forest": Colour(rgb: 0x1E643C), "sky": Colour(rgb: 0x96CDF0), "blue": Colour(rgb: 0x3273C8),
            "navy": Colour(rgb: 0x1E326E), "purple": Colour(rgb: 0x824BA5), "plum": Colour(rgb: 0x5F2D7D), "pink": Colour(rgb: 0xF5A5B9),
            "rose": Colour(rgb: 0xE67891), "brown": Colour(rgb: 0x784B2D), "tan": Colour(rgb: 0xD7AF7D), "rust": Colour(rgb: 0xB45528),
            "cream": Colour(rgb: 0xFCEECD), "white": Colour(rgb: 0xFFFFFF), "grey": Colour(rgb: 0xAAAFB4),
            "slate": Colour(rgb: 0x64707D), "black": Colour(rgb: 0x232328),
        ]
    }

    /// The one shape of a line, or the two of a mirrored one.
    ///
    /// - Throws: ``PictureError/notAShape(_:)``.
    static func parsing(_ line: Substring) throws(PictureError) -> [DrawnShape] {
        var words = line.split(separator: " ")
        let isMirrored = words.first == "mirror"
        if isMirrored { words.removeFirst() }
        guard words.count > 2, let colour = Colour.named[words[1]], let shape = Self(words[0], words[2...], colour: colour) else {
            throw .notAShape(String(line))
        }
        guard isMirrored else { return [shape] }
        var other = shape
        other.points = shape.points.map { Point(x: 100 - $0.x, y: $0.y) }
        return [shape, other]
    }

    private init?(_ kind: Substring, _ words: ArraySlice<Substring>, colour: Colour) {
        self.colour = colour
        switch kind {
        case "disc", "oval":
            let numbers = words.compactMap { Double($0) }
            guard numbers.count == words.count, numbers.count == 3 || kind == "oval" && (4...5).contains(numbers.count) else { return nil }
            width = nil
            points = Self.oval(
                at: Point(x: numbers[0], y: numbers[1]), radii: (numbers[2], numbers.count > 3 ? numbers[3] : numbers[2]),
                degrees: numbers.count > 4 ? numbers[4] : 0)
        case "area", "blob":
            guard let corners = Self.points(words), corners.count > 2 else { return nil }
            width = nil
            points = kind == "blob" ? Self.smooth(corners, isClosed: true) : corners
        case "line", "bend":
            guard let first = words.first.flatMap({ Double($0) }), first > 0, let corners = Self.points(words.dropFirst()),
                corners.count > 1
            else { return nil }
            width = first
            points = kind == "bend" ? Self.smooth(corners, isClosed: false) : corners
        default:
            return nil
        }
    }

    private static func points(_ words: ArraySlice<Substring>) -> [Point]? {
        var points: [Point] = []
        for word in words {
            let numbers = word.split(separator: ",").compactMap { Double($0) }
            guard numbers.count == 2 else { return nil }
            points.append(Point(x: numbers[0], y: numbers[1]))
        }
        return points
    }

    private static func oval(at centre: Point, radii: (Double, Double), degrees: Double) -> [Point] {
        let (corners, turn) = (48, degrees * .pi / 180)
        return (0..<corners).map { corner in
            let angle = 2 * .pi * Double(corner) / Double(corners)
            let (along, across) = (radii.0 * cos(angle), radii.1 * sin(angle))
            return Point(x: centre.x + along * cos(turn) - across * sin(turn), y: centre.y + along * sin(turn) + across * cos(turn))
        }
    }

    /// The Catmull-Rom spline through the points, in straight pieces, twelve between two points.
    static func smooth(_ points: [Point], isClosed: Bool) -> [Point] {
        let (count, pieces) = (points.count, 12)
        func at(_ index: Int) -> Point { points[isClosed ? (index + count) % count : min(max(index, 0), count - 1)] }
        var curve: [Point] = []
        for index in 0..<(isClosed ? count : count - 1) {
            let (a, b, c, d) = (at(index - 1), at(index), at(index + 1), at(index + 2))
            func between(_ t: Double, _ axis: (Point) -> Double) -> Double {
                let (a, b, c, d) = (axis(a), axis(b), axis(c), axis(d))
                let (linear, square, cube) = (c - a, 2 * a - 5 * b + 4 * c - d, 3 * b - a - 3 * c + d)
                return b + 0.5 * t * (linear + t * (square + t * cube))
            }
            for piece in 0..<pieces {
                let t = Double(piece) / Double(pieces)
                curve.append(Point(x: between(t, \.x), y: between(t, \.y)))
            }
        }
        return isClosed ? curve : curve + points.suffix(1)
    }
}
