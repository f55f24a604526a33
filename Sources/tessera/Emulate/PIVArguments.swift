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
