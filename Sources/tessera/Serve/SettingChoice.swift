import Foundation

/// Takes each setting from where it stands foremost, and keeps what was taken and from where.
struct SettingChoice {
    /// Where names in the file begin; `nil` without one.
    let folder: URL?
    private(set) var settings: [ServeConfiguration.Setting] = []

    init(folder: URL?) { self.folder = folder }

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

    /// The same of what has to be there.
    mutating func path(
        _ member: String, _ option: String?, _ file: String?, else standard: String?, mend: () -> String
    ) throws(ServeConfigurationError) -> String {
        guard let value = find(member, option, file.map(beside), else: standard), !value.isEmpty else {
            throw .init(.missing, member, "it is not given, and has no default here", hint: mend())
        }
        return value
    }

    /// Several names of files.
    mutating func paths(_ member: String, _ option: [String], _ file: [String]?) -> [String] {
        take(member, option.isEmpty ? nil : option, file?.map(beside), else: []) { $0.isEmpty ? "none" : $0.joined(separator: ", ") }
    }

    /// Keeps what only the file can say.
    mutating func note(_ member: String, _ value: String) { settings.append(.init(member: member, value: value, source: .file)) }

    private func beside(_ name: String) -> String {
        let isAddress = name.contains("://")
        guard let folder, !isAddress, !name.hasPrefix("/") else { return name }
        return folder.appending(path: name).standardizedFileURL.path
    }
}
