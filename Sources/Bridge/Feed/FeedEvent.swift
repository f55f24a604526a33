import NIOCore

/// Something that clients are told.
struct FeedEvent: Hashable, Sendable {
    /// The kinds of event, by their names in the stream.
    enum Name: String, Sendable { case operation, device, reset }

    /// What a client that reconnects names as its `Last-Event-ID`; `nil` for what is not kept.
    let id: Int64?
    let name: Name
    /// One line of JSON, written once for all who listen.
    let data: ByteBuffer

    /// The bytes of the event in the stream (HTML, 9.2.5).
    var frame: ByteBuffer {
        var frame = ByteBuffer()
        if let id { frame.writeString("id: \(id)\n") }
        frame.writeString("event: \(name.rawValue)\ndata: ")
        var data = data
        frame.writeBuffer(&data)
        frame.writeString("\n\n")
        return frame
    }
}
