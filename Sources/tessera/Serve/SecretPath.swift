import Foundation
import Secrets

/// A file with a secret, which nobody else may read, and which nobody else but root can have put there.
enum SecretPath {
    /// Why others could read it, or nobody can; `nil` when all is well.
    static func trouble(with name: String, for member: String) -> ServeConfigurationError? {
        do throws(ServeConfigurationError) {
            try reading(name, for: member) { _ in }
            return nil
        } catch { return error }
    }

    /// Lends what stands in it, at most 64 KiB, which is wiped afterwards.
    static func reading<R>(
        _ name: String, for member: String, _ body: ([UInt8]) throws(ServeConfigurationError) -> R
    ) throws(ServeConfigurationError) -> R {
        do { return try KeptFile.secret(at: name) { try body($0) } } catch let fault as KeptFile.Fault {
            throw .init(fault, of: name, for: member)
        } catch let error as ServeConfigurationError {
            throw error
        } catch { throw .init(.unreadable, member, "cannot read \"\(name)\"", hint: "check that it is a file and that you may read it") }
    }
}

extension ServeConfigurationError {
    /// What a file is not trusted for.
    init(_ fault: KeptFile.Fault, of name: String, for member: String) {
        switch fault {
        case .unreadable:
            self.init(.unreadable, member, "cannot read \"\(name)\"", hint: "check that it is a file and that you may read it")
        case .noFile: self.init(.unreadable, member, "\"\(name)\" is not a file", hint: "name a file")
        case .tooLong(let limit): self.init(.unreadable, member, "\"\(name)\" has more than \(limit >> 10) KiB", hint: "name another file")
        case .owner(let user):
            self.init(
                .insecure, member, "\"\(name)\" belongs to user \(user), who could change it", hint: "\"chown \(geteuid()) \(name)\"")
        case .readable: self.init(.insecure, member, "others may read \"\(name)\"", hint: "\"chmod 600 \(name)\"")
        case .writable: self.init(.insecure, member, "others may write \"\(name)\"", hint: "\"chmod go-w \(name)\"")
        }
    }
}
