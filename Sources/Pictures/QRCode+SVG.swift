extension QRCode {
    /// The code with its quiet zone as an SVG document (SVG 1.1): one black path on a white rectangle.
    ///
    /// A module is one unit of the drawing. All dark modules are one path, because modules drawn side by side show seams where
    /// a renderer smooths each edge by itself.
    ///
    /// - Parameter modulePixels: the pixels a side of a module where nothing else sets the size, as in ``png(modulePixels:)``.
    /// - Throws: ``PictureError/modulePixels(_:)``.
    public func svg(modulePixels: Int = 8) throws(PictureError) -> String {
        guard Self.modulePixels.contains(modulePixels) else { throw .modulePixels(modulePixels) }
        let (side, pixels) = (drawn.count, drawn.count * modulePixels)
        return """
            <?xml version="1.0" encoding="UTF-8"?>
            <svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="\(pixels)" height="\(pixels)" viewBox="0 0 \(side) \(side)" \
            shape-rendering="crispEdges">
            <rect width="\(side)" height="\(side)" fill="#fff"/>
            <path fill="#000" d="\(path)"/>
            </svg>

            """
    }

    /// Each run of dark modules in a row is a rectangle: to its upper left corner, right, down, left, and closed.
    private var path: String {
        var path = ""
        for y in 0..<size {
            var x = 0
            while x < size {
                var end = x
                while self[x: end, y: y] { end += 1 }
                if end > x { path += "M\(x + Self.quietZone) \(y + Self.quietZone)h\(end - x)v1h\(x - end)z" }
                x = end + 1
            }
        }
        return path
    }
}
