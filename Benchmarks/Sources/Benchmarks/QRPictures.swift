import Pictures

/// A text as a QR code in a PNG file, at the size that `QRCode.png()` chooses by itself.
final class QRPictures: Workload {
    let name = "QRCode.png"
    private let text: String

    init(_ text: String) { self.text = text }

    func run(_ count: Int) throws {
        for _ in 0..<count { keep(try QRCode(encoding: text).png()) }
    }

    /// `count` characters of Base45, as sealed challenges are written.
    static func text(_ count: Int) -> String {
        let alphabet = Array("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")
        return String((0..<count).map { alphabet[($0 * $0 + 7 * $0) % alphabet.count] })
    }
}
