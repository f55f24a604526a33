/// Why a hand-held device's state file could not be made, opened, read or written.
public enum DeviceStateError: Error, Hashable, Sendable {
    /// There is no such file.
    case missing(String)
    /// There is a file of this name already.
    case exists(String)
    /// The file is not that of a device of this kind.
    case foreign(String, String)
    /// The file is ours, and its contents are not what was written.
    case damaged(String)
    /// The file has a version that a newer program wrote.
    case newer(String, version: Int)
    /// The file has another name by a hard link, which no lock would cover.
    case linked(String)
    /// Another program is the device.
    case locked(String)
    /// The copy is that of another device.
    case otherDevice
    /// The machine refused: the call, the path, and why.
    case system(String, String, String)
}

extension DeviceStateError: CustomStringConvertible {
    /// What happened, in one sentence.
    public var description: String {
        switch self {
        case .missing(let path): "there is no file \"\(path)\""
        case .exists(let path): "\"\(path)\" is there already"
        case .foreign(let path, let kind): "\"\(path)\" is not the state of a \(kind)"
        case .damaged(let path): "the device in \"\(path)\" is damaged"
        case .newer(let path, let version): "\"\(path)\" has version \(version), and this program knows 1"
        case .linked(let path): "\"\(path)\" has another name by a hard link"
        case .locked(let path): "another program is using \"\(path)\""
        case .otherDevice: "the copy is that of another device"
        case .system(let call, let path, let reason): "\(call) \"\(path)\": \(reason)"
        }
    }

    /// What the person can do next.
    public var hint: String {
        switch self {
        case .missing: "check the path"
        case .exists: "choose another name, or remove it"
        case .foreign: "check the path; nothing was changed"
        case .damaged: "restore the file from a copy, or make a new device"
        case .newer: "use the newer program"
        case .linked: "copy it, and use the copy"
        case .locked: "let it finish, then repeat"
        case .otherDevice: "restore it into the device that it was made of"
        case .system("read", _, _): "name the file of the device"
        case .system: "check the folder, its rights, and the space on the disk"
        }
    }
}
