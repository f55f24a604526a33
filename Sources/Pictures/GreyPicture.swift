/// One byte a pixel, row after row, 0 black to 255 white: what zbar reads.
struct GreyPicture: Equatable {
    let width: Int
    let height: Int
    var pixels: [UInt8]

    /// In black and white alone, divided where the two parts differ most (Otsu's method); white where there is one brightness alone.
    ///
    /// Blur leaves a code of few pixels a module with greys that hardly reach black and white.
    func blackAndWhite() -> GreyPicture {
        var histogram = [Int](repeating: 0, count: 256)
        for pixel in pixels { histogram[Int(pixel)] += 1 }
        let total = histogram.enumerated().reduce(0) { $0 + $1.offset * $1.element }
        var (count, sum, widest, threshold) = (0, 0, 0.0, 0)
        for (level, number) in histogram.enumerated() {
            count += number
            sum += level * number
            let rest = pixels.count - count
            guard count > 0, rest > 0 else { continue }
            let distance = Double(sum) / Double(count) - Double(total - sum) / Double(rest)
            let variance = Double(count) * Double(rest) * distance * distance
            if variance > widest { (widest, threshold) = (variance, level) }
        }
        return GreyPicture(width: width, height: height, pixels: pixels.map { $0 > threshold ? 255 : 0 })
    }
}
