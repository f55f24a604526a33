import Foundation

/// Takes each setting from where it stands foremost, and keeps what was taken and from where, and what is wrong with it.
struct SettingChoice {
    /// The file's name; `nil` without one.
    private let file: String?
    /// Where names in the file begin.
    private let folder: URL?
    private(set) var settings: [ServeConfiguration.Setting] = []
    private(set) var problems: [ServeConfigurationError]
    /// The members that could not be read: what else seems wrong with them follows from that.
    private let unread: [String]

    /// - Parameter problems: what is wrong with the file already.
    init(file: String?, problems: [ServeConfigurationError]) {
        self.file = file
        folder = file.map { URL(filePath: $0).deletingLastPathComponent() }
        self.problems = problems.map { $0.standing(in: file) }
        unread = problems.filter { $0.code != .unknownMember }.map(\.member)
    }

    // MARK: What is wrong

    /// Whether a member stands in the file, and nobody knows what it is to mean.
    func isUnread(_ member: String) -> Bool {
        unread.contains { $0 == member || member.hasPrefix("\($0).") || $0.hasPrefix("\(member).") || $0.hasPrefix("\(member)[") }
    }

    /// Notes what is wrong; the caller goes on with something that is no harm.
    mutating func note(_ error: ServeConfigurationError, isOption: Bool = false) {
        guard !isUnread(error.member) else { return }
        let isSaid = isOption || settings.last { $0.member == error.member }?.source == .option
        problems.append(isSaid ? error : error.standing(in: file))
    }

    /// What `make` gives; what it cannot give is noted, and is `spare` then.
    mutating func attempt<Value>(
        _ spare: Value, isOption: Bool = false, _ make: () throws(ServeConfigurationError) -> Value
    ) -> Value {
        do throws(ServeConfigurationError) { return try make() } catch {
            note(error, isOption: isOption)
            return spare
        }
    }

    // MARK: What is taken

    /// The option's value, else the file's, else the default.
    mutating func take<Value>(
        _ member: String, _ option: Value?, _ file: Value?, else standard: Value, show: (Value) -> String = { "\($0)" }
    ) -> Value {
        let value = option ?? file ?? standard
        settings.append(.init(member: member, value: show(value), source: option != nil ? .option : file != nil ? .file : .standard))
        return value
    }

    /// The same of what may be left out.
    mutating func find<Value>(
        _ member: String, _ option: Value?, _ file: Value?, else standard: Value? = nil, show: (Value) -> String = { "\($0)" }
    ) -> Value? {
        guard let value = option ?? file ?? standard else { return nil }
        return take(member, option, file, else: value, show: show)
    }

    /// The name of a file: an option's as it is, the file's from its own folder on.
    mutating func path(_ member: String, _ option: String?, _ file: String?) -> String? {
        find(member, option, file.map(beside))
    }

    /// The same of what has to be there; empty where it is not.
    mutating func neededPath(_ member: String, _ option: String?, _ file: String?, else standard: String?, mend: String) -> String {
        if let value = find(member, option, file.map(beside), else: standard), !value.isEmpty { return value }
        note(.init(.missing, member, "it is not given, and has no default here", hint: mend))
        return ""
    }

    /// Several names of files.
    mutating func paths(_ member: String, _ option: [String], _ file: [String]?) -> [String] {
        take(member, option.isEmpty ? nil : option, file?.map(beside), else: []) { $0.isEmpty ? "none" : $0.joined(separator: ", ") }
    }

    /// Keeps what only the file can say.
    mutating func show(_ member: String, _ value: String) { settings.append(.init(member: member, value: value, source: .file)) }

    private func beside(_ name: String) -> String {
        let isAddress = name.contains("://")
        guard let folder, !isAddress, !name.hasPrefix("/") else { return name }
        return folder.appending(path: name).standardizedFileURL.path
    }
}
