import COpenSSL
import Secrets

/// How much work a hash of a secret costs (scrypt, RFC 7914, section 2).
public struct ScryptCost: Hashable, Sendable {
    /// The binary logarithm of the CPU and memory cost N.
    public let logN: Int
    /// The block size r.
    public let blockSize: Int
    /// The parallelisation p.
    public let parallelisation: Int

    /// The least that a password is stored with: N = 2^15, r = 8, p = 1, which takes 32 MiB.
    public static let standard = ScryptCost(uncheckedLogN: 15, blockSize: 8, parallelisation: 1)

    /// A cost for passwords; `nil` for less than ``standard`` in any of the three, and for more than 1 GiB or 16 lanes.
    public init?(logN: Int, blockSize: Int = 8, parallelisation: Int = 1) {
        guard (Self.standard.logN...23).contains(logN), (Self.standard.blockSize...32).contains(blockSize),
            (1...16).contains(parallelisation), 128 * blockSize << logN <= 1 << 30
        else { return nil }
        self.init(uncheckedLogN: logN, blockSize: blockSize, parallelisation: parallelisation)
    }

    /// Any cost, for the published vectors.
    init(uncheckedLogN: Int, blockSize: Int, parallelisation: Int) {
        logN = uncheckedLogN
        self.blockSize = blockSize
        self.parallelisation = parallelisation
    }

    /// The work of one hash, in blocks of 128 bytes (RFC 7914, section 6: p times N times r).
    var work: Int { parallelisation * blockSize << logN }

    /// The hashes that take as much work as `dearer` does beyond this one, but for less than two blocks' rounds; none where it takes
    /// no more, and none of them needs more memory than `dearer`.
    func missing(to dearer: ScryptCost) -> [ScryptCost] {
        var rest = dearer.work - work
        var missing: [ScryptCost] = []
        for logN in stride(from: dearer.logN, through: 1, by: -1) {
            let lanes = max(rest, 0) / (dearer.blockSize << logN)
            guard lanes > 0 else { continue }
            missing.append(ScryptCost(uncheckedLogN: logN, blockSize: dearer.blockSize, parallelisation: lanes))
            rest -= lanes * (dearer.blockSize << logN)
        }
        return missing
    }

    /// Whether a hash of this cost is to be made anew at `other`'s.
    func isLess(than other: ScryptCost) -> Bool {
        logN < other.logN || blockSize < other.blockSize || parallelisation < other.parallelisation
    }
}

/// scrypt (RFC 7914) by libcrypto.
enum Scrypt {
    /// Derives `count` bytes; `nil` when there is no memory for it.
    static func derive(from secret: borrowing SecretBytes, salt: [UInt8], cost: ScryptCost, count: Int) -> [UInt8]? {
        var key = [UInt8](repeating: 0, count: count)
        let memory = UInt64(128 * cost.blockSize) * ((1 << cost.logN) + UInt64(cost.parallelisation) + 2)
        let done = secret.withBytes { secret in
            unsafe secret.withUnsafeBytes { secret in
                unsafe EVP_PBE_scrypt(
                    secret.baseAddress?.assumingMemoryBound(to: CChar.self), secret.count, salt, salt.count, 1 << cost.logN,
                    UInt64(cost.blockSize), UInt64(cost.parallelisation), memory, &key, count)
            }
        }
        guard done == 1 else {
            ERR_clear_error()
            return nil
        }
        return key
    }
}
