public import ArgumentParser
public import Emulation
import ISO7816

extension PIVOptions.Extensions: ExpressibleByArgument {}

extension PIVManagementKey: ExpressibleByArgument {
    /// `aes256:` and hexadecimal digits.
    public init?(argument: String) {
        let parts = argument.split(separator: ":", maxSplits: 1)
        guard parts.count == 2, let algorithm = Algorithm.allCases.first(where: { $0.argument == parts[0] }),
            let bytes = [UInt8](hexadecimal: String(parts[1]))
        else { return nil }
        self.init(algorithm, bytes)
    }
}

/// A management key as a person gives it.
struct ManagementKeyOption: ExpressibleByArgument {
    let key: PIVManagementKey
    /// As it was written, in small letters.
    let text: String

    init?(argument: String) {
        guard let key = PIVManagementKey(argument: argument.lowercased()) else { return nil }
        self.key = key
        text = argument.lowercased()
    }
}

extension PIVManagementKey.Algorithm {
    /// As a person writes it.
    fileprivate var argument: String {
        switch self {
        case .tripleDES: "3des"
        case .aes128: "aes128"
        case .aes192: "aes192"
        case .aes256: "aes256"
        }
    }
}
