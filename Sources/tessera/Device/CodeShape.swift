import OATH
import PSKC
import Verification

/// What a key's codes look like: `TOTP with SHA-256, 6 digits, 30 s`.
struct CodeShape: Equatable {
    /// What a code is computed from.
    enum Moving: Equatable {
        /// From the time, in steps of so many seconds, counted from this one on.
        case time(step: Int64, start: Int64)
        /// From a counter.
        case counter
    }

    let moving: Moving
    let algorithm: HashAlgorithm
    let digits: Int

    /// Those of a key; `nil` for one whose codes are neither TOTP nor HOTP, or have impossible lengths or steps.
    init?(_ key: PSKCKey) {
        if let codes = try? key.totp() {
            moving = .time(step: Int64(key.timeInterval ?? 30), start: key.time ?? 0)
            (algorithm, digits) = (codes.algorithm, codes.digits)
        } else if let codes = try? key.hotp() {
            moving = .counter
            (algorithm, digits) = (codes.algorithm, codes.digits)
        } else {
            return nil
        }
    }

    /// Those of a product; `nil` for one that is not enrolled with a key alone.
    init?(_ method: ProductProfile.Method) {
        switch method {
        case .timedCode(let shape):
            moving = .time(step: shape.step.components.seconds, start: 0)
            (algorithm, digits) = (shape.algorithm, shape.digits)
        case .countedCode(let shape):
            moving = .counter
            (algorithm, digits) = (shape.algorithm, shape.digits)
        case .scanCode, .signature: return nil
        }
    }

    /// The product that has such codes; `nil` where none has.
    var product: ProductProfile? { ProductProfile.all.first { CodeShape($0.method) == self } }

    /// What a person reads.
    var telling: String {
        let codes = "with SHA-\(algorithm.rawValue.dropFirst(3)), \(digits) digits"
        return switch moving {
        case .time(let step, 0): "TOTP \(codes), \(step) s"
        case .time(let step, let start): "TOTP \(codes), \(step) s, counted from step \(start)"
        case .counter: "HOTP \(codes)"
        }
    }
}
