internal import Synchronization

/// What a device knows, and its file when it has one.
///
/// In the file first, in memory then: nothing is seen that a crash could take back.
final class DeviceMemory<Contents: Codable & Sendable>: Sendable {
    private let contents: Mutex<Contents>
    private let kind: String
    private let file: DeviceStateFile?

    /// - Parameter file: where a new device is written at once.
    init(_ contents: Contents, kind: String, file: DeviceStateFile?) throws(DeviceStateError) {
        try file?.save(contents, kind)
        self.contents = Mutex(contents)
        self.kind = kind
        self.file = file
    }

    /// The device in a file.
    init(opening file: DeviceStateFile, kind: String) throws(DeviceStateError) {
        contents = Mutex(try file.load(kind))
        self.kind = kind
        self.file = file
    }

    /// Looks at what the device knows.
    func read<R: Sendable, Failure>(_ body: (Contents) throws(Failure) -> R) throws(Failure) -> R {
        try contents.withLock { contents throws(Failure) in try body(contents) }
    }

    /// Changes what the device knows; when that cannot be kept, nothing has changed.
    ///
    /// - Parameter notKept: what to throw then.
    func change<R: Sendable, Failure>(
        notKept: (DeviceStateError) -> Failure, _ body: (inout Contents) throws(Failure) -> R
    ) throws(Failure) -> R {
        try contents.withLock { contents throws(Failure) in
            var changed = contents
            let result = try body(&changed)
            do throws(DeviceStateError) { try file?.save(changed, kind) } catch { throw notKept(error) }
            contents = changed
            return result
        }
    }
}
