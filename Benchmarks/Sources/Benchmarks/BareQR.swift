import CPeers

/// libqrencode alone, in the alphanumeric mode and at level M: modules in memory, no picture.
final class BareQR: Workload {
    let name = "libqrencode"
    private let text: [UInt8]
    /// The number of modules a side.
    let size: Int

    init(_ text: String) throws {
        self.text = Array(text.utf8)
        size = try Self.encode(self.text)
    }

    func run(_ count: Int) throws {
        for _ in 0..<count { keep(try Self.encode(text)) }
    }

    private static func encode(_ text: [UInt8]) throws -> Int {
        guard let input = unsafe QRinput_new2(0, QR_ECLEVEL_M) else { throw BenchmarkError("QRinput_new2 failed") }
        defer { unsafe QRinput_free(input) }
        try BenchmarkError.check(unsafe QRinput_append(input, QR_MODE_AN, Int32(text.count), text) == 0, "QRinput_append")
        guard let code = unsafe QRcode_encodeInput(input) else { throw BenchmarkError("QRcode_encodeInput failed") }
        defer { unsafe QRcode_free(code) }
        return unsafe Int(code.pointee.width)
    }
}
