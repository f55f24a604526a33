/// Why a configuration is not taken.
struct ServeConfigurationError: Error, Equatable {
    enum Code: String {
        /// The file is not there, or cannot be read.
        case unreadable
        /// It is no JSON, or a value is of another kind.
        case malformed
        /// A member that nobody reads, such as a misspelt limit.
        case unknownMember
        /// What has no default was not given.
        case missing
        /// A value that cannot be meant.
        case unsuitable
        /// Two settings that do not go together.
        case contradiction
        /// What another daemon has.
        case inUse
        /// What would let in whom nobody named.
        case insecure
    }

    let code: Code
    /// Which setting, as the file has it: `tls.names`, `roots[0]`; empty for the whole file.
    let member: String
    /// What is wrong, without saying where.
    let reason: String
    let hint: String
    /// The file in which it stands, or is missed; `nil` where that is known, or where an option says it.
    private(set) var file: String?

    init(_ code: Code, _ member: String, _ reason: String, hint: String) {
        (self.code, self.member, self.reason, self.hint) = (code, member, reason, hint)
    }

    /// Where and what: `serve.json: log.level: "loud" is no level`.
    var description: String { [file, member.isEmpty ? nil : member, reason].compactMap { $0 }.joined(separator: ": ") }

    /// The same, said of a file.
    func standing(in file: String?) -> ServeConfigurationError {
        var error = self
        error.file = file
        return error
    }

    /// What the shell is told.
    var exit: ProgramExit { code == .unreadable || code == .inUse ? .environment : .usage }
}

/// All that is wrong with a configuration, as far as it can be known at once.
struct ServeConfigurationErrors: Error, Equatable {
    let first: ServeConfigurationError
    private(set) var others: [ServeConfigurationError] = []

    init(_ error: ServeConfigurationError) { first = error }

    /// `nil` for none.
    init?(_ errors: [ServeConfigurationError]) {
        guard let first = errors.first else { return nil }
        self.first = first
        others = Array(errors.dropFirst())
    }

    var all: [ServeConfigurationError] { [first] + others }

    /// The same, said of a file.
    func standing(in file: String) -> ServeConfigurationErrors {
        var errors = ServeConfigurationErrors(first.standing(in: file))
        errors.others = others.map { $0.standing(in: file) }
        return errors
    }
}
