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
    /// Which setting, as the file has it: `tls.names`; empty for the whole file.
    let member: String
    let description: String
    let hint: String

    init(_ code: Code, _ member: String, _ description: String, hint: String) {
        self.code = code
        self.member = member
        self.description = member.isEmpty ? description : "\(member): \(description)"
        self.hint = hint
    }

    /// What the shell is told.
    var exit: ProgramExit { code == .unreadable || code == .inUse ? .environment : .usage }
}
