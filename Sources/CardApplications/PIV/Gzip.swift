import CZlib

/// What gzip has packed (RFC 1952), unpacked by zlib.
enum Gzip {
    /// The longest that anything on a card may become: a certificate of this length would not fit on one.
    static let maximumLength = 1 << 16

    /// Unpacks `bytes`, of which nothing may be missing; `nil` when they are no gzip, end early, or become too long.
    ///
    /// What a card left behind the end is not looked at.
    static func unpacked(_ bytes: [UInt8]) -> [UInt8]? {
        var input = bytes
        var output = [UInt8](repeating: 0, count: maximumLength)
        var stream = unsafe z_stream()
        // 15 is the largest window, 16 wants a gzip header with its checksum; zlib.h, inflateInit2.
        guard unsafe inflateInit2_(&stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size)) == Z_OK else { return nil }
        defer { unsafe inflateEnd(&stream) }
        let result = unsafe input.withUnsafeMutableBufferPointer { input in
            unsafe output.withUnsafeMutableBufferPointer { output in
                unsafe stream.next_in = input.baseAddress
                unsafe stream.avail_in = UInt32(input.count)
                unsafe stream.next_out = output.baseAddress
                unsafe stream.avail_out = UInt32(output.count)
                return unsafe inflate(&stream, Z_FINISH)
            }
        }
        guard result == Z_STREAM_END else { return nil }
        return unsafe Array(output.prefix(output.count - Int(stream.avail_out)))
    }
}
