internal import CZlib

/// gzip (RFC 1952), as an issuer packs a certificate.
enum Gzip {
    /// Packs `bytes`; `nil` when zlib refuses.
    static func packed(_ bytes: [UInt8]) -> [UInt8]? {
        var input = bytes
        var stream = unsafe z_stream()
        // 15 is the largest window, 16 writes a gzip header, 8 is the usual amount of memory; zlib.h, deflateInit2.
        let size = unsafe Int32(MemoryLayout<z_stream>.size)
        guard
            unsafe deflateInit2_(
                &stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY, ZLIB_VERSION, size) == Z_OK
        else { return nil }
        defer { unsafe deflateEnd(&stream) }
        var output = [UInt8](repeating: 0, count: Int(unsafe deflateBound(&stream, UInt(input.count))))
        let result = unsafe input.withUnsafeMutableBufferPointer { input in
            unsafe output.withUnsafeMutableBufferPointer { output in
                unsafe stream.next_in = input.baseAddress
                unsafe stream.avail_in = UInt32(input.count)
                unsafe stream.next_out = output.baseAddress
                unsafe stream.avail_out = UInt32(output.count)
                return unsafe deflate(&stream, Z_FINISH)
            }
        }
        guard result == Z_STREAM_END else { return nil }
        return unsafe Array(output.prefix(output.count - Int(stream.avail_out)))
    }
}
