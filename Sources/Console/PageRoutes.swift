import HTTPDoor
import HTTPTypes
import Hummingbird

/// The page itself: files from the program, each with a strong validator.
struct PageRoutes: Sendable {
    func add(to routes: RouterGroup<ConsoleContext>) {
        for asset in Asset.all {
            add(asset, as: asset.path, to: routes)
            if asset.path == "index.html" { add(asset, as: "", to: routes) }
        }
    }

    private func add(_ asset: Asset, as path: String, to routes: RouterGroup<ConsoleContext>) {
        routes.get(RouterPath("/" + path)) { request, _ -> Response in
            // Not "immutable": the next program has other files under the same names.
            let headers: HTTPFields = [.cacheControl: "no-cache", .eTag: asset.tag, .contentType: asset.type]
            if request.headers[.ifNoneMatch] == asset.tag { return Response(status: .notModified, headers: headers) }
            return Response(status: .ok, headers: headers, body: .init(byteBuffer: asset.bytes))
        }
    }
}
