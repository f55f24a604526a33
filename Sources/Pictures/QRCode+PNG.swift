extension QRCode {
    /// How many pixels a side a module can have; with the most, the largest code is a picture of 29 megapixels.
    public static let modulePixels = 1...64

    /// The code with its quiet zone as a PNG file: black and white, one bit a pixel.
    ///
    /// - Parameter modulePixels: the pixels a side of a module. Cameras and decoders want 3 or more.
    /// - Throws: ``PictureError/modulePixels(_:)``, ``PictureError/refused(by:)``.
    public func png(modulePixels: Int = 8) throws(PictureError) -> [UInt8] {
        guard Self.modulePixels.contains(modulePixels) else { throw .modulePixels(modulePixels) }
        return try PNGWriter.file(columns: drawn.count, rows: drawn.count, side: modulePixels) { x, y in
            self[x: x - Self.quietZone, y: y - Self.quietZone]
        }
    }
}
