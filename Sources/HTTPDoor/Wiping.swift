import Glibc
package import NIOCore

extension ByteBuffer {
    /// Overwrites what can be read of it with zeros, in place.
    ///
    /// All buffers that share its memory read zeros then; a setter would have given this one a wiped copy, and left theirs.
    package func wipe() {
        unsafe withUnsafeReadableBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            unsafe explicit_bzero(UnsafeMutableRawPointer(mutating: start), bytes.count)
        }
    }
}

extension [UInt8] {
    /// Overwrites all of it with zeros; it must not be shared, or a copy is wiped.
    package mutating func wipe() {
        unsafe withUnsafeMutableBytes { bytes in
            guard let start = bytes.baseAddress else { return }
            unsafe explicit_bzero(start, bytes.count)
        }
    }
}
