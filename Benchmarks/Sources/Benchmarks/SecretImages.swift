import CPeers
import DeviceProtocol
import Pictures

/// A payment's details in the picture that somebody chose, as a PNG file: another operation each time.
final class SecretImages: Workload {
    let name = "SecretImageRenderer.png"
    private let renderer: SecretImageRenderer
    private let picture: SecretPicture
    private let summary: Summary
    private var number: UInt64 = 0
    /// How high its images are, in pixels.
    let height: Int

    /// The fields of a payment.
    static let fields = [
        ("Origin", "bank.example"), ("IBAN", "LU28 0019 4006 4475 0000"), ("Amount", "1234.50 EUR"), ("Payee", "Boulangerie Müller"),
        ("Reference", "Invoice 17"),
    ]

    init() throws {
        renderer = try SecretImageRenderer()
        picture = try SecretPicture.named("lighthouse")
        summary = Summary(title: "Payment", lines: Self.fields.map { Summary.Line($0.0, $0.1) })
        // IHDR: the height is the second number (ISO/IEC 15948, 11.2.2).
        let header = try renderer.png(of: picture, showing: summary, id: []).dropFirst(20).prefix(4)
        height = header.reduce(0) { $0 << 8 | Int($1) }
    }

    func run(_ count: Int) throws {
        for _ in 0..<count {
            number += 1
            let id = (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
            keep(try renderer.png(of: picture, showing: summary, id: id))
        }
    }
}

/// libgd alone: one colour, the same fields with its own text, a PNG file of the same size and compression.
final class BareGD: Workload {
    let name = "libgd, text, PNG"
    private let (width, height): (Int32, Int32)

    init(height: Int) throws {
        (width, self.height) = (Int32(SecretImageRenderer.width), Int32(clamping: height))
        guard try Self.draw(width, self.height) > 1000 else { throw BenchmarkError("libgd drew nothing") }
    }

    func run(_ count: Int) throws {
        for _ in 0..<count { keep(try Self.draw(width, height)) }
    }

    private static func draw(_ width: Int32, _ height: Int32) throws -> Int32 {
        guard let image = unsafe gdImageCreateTrueColor(width, height) else { throw BenchmarkError("gdImageCreateTrueColor failed") }
        defer { unsafe gdImageDestroy(image) }
        unsafe gdImageFilledRectangle(image, 0, 0, width - 1, height - 1, 0xE0F0E0)
        var font = Array(SecretImageRenderer.shippedFonts.joined().utf8CString)
        for (row, field) in SecretImages.fields.enumerated() {
            for (x, text) in [(36, field.0), (160, field.1)] {
                var characters = Array(text.utf8CString)
                let failure = unsafe gdImageStringFT(
                    image, nil, 0x111122, &font, 16, 0, Int32(x), height - 200 + 36 * Int32(row), &characters)
                try BenchmarkError.check(unsafe failure == nil, "gdImageStringFT")
            }
        }
        var size: Int32 = 0
        guard let file = unsafe gdImagePngPtrEx(image, &size, 3) else { throw BenchmarkError("gdImagePngPtrEx failed") }
        unsafe gdFree(file)
        return size
    }
}
