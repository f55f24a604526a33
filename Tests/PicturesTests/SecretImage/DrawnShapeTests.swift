import Testing

@testable import Pictures

@Suite struct DrawnShapeTests {
    private typealias Point = DrawnShape.Point

    @Test func `an area has the corners that are written, and no width`() throws {
        let shapes = try DrawnShape.parsing("area red 1,2 30,4.5 5,60")
        let shape = try #require(shapes.first)
        #expect(shapes.count == 1 && shape.width == nil && shape.colour.rgb == 0xD7282D)
        #expect(shape.points == [Point(x: 1, y: 2), Point(x: 30, y: 4.5), Point(x: 5, y: 60)])
    }

    @Test func `a mirrored line is there twice`() throws {
        let shapes = try DrawnShape.parsing("mirror line black 3 10,20 40,50")
        #expect(shapes.map(\.width) == [3, 3])
        #expect(shapes.map(\.points) == [[Point(x: 10, y: 20), Point(x: 40, y: 50)], [Point(x: 90, y: 20), Point(x: 60, y: 50)]])
    }

    @Test func `a disc is as far from its centre everywhere`() throws {
        let points = try #require(DrawnShape.parsing("disc blue 50 40 20").first).points
        for point in points {
            let (x, y) = (point.x - 50, point.y - 40)
            #expect(abs((x * x + y * y).squareRoot() - 20) < 1e-9)
        }
    }

    @Test func `an oval turns clockwise`() throws {
        let points = try #require(DrawnShape.parsing("oval blue 50 50 30 10 90").first).points
        #expect(abs((points.map(\.y).max() ?? 0) - 80) < 1e-9)
        #expect(abs((points.map(\.x).max() ?? 0) - 60) < 1e-9)
    }

    @Test func `smooth curves go through every point`() throws {
        let corners = [Point(x: 10, y: 10), Point(x: 90, y: 20), Point(x: 50, y: 80)]
        let closed = try #require(DrawnShape.parsing("blob green 10,10 90,20 50,80").first).points
        let open = try #require(DrawnShape.parsing("bend green 2 10,10 90,20 50,80").first).points
        for corner in corners { #expect(closed.contains(corner) && open.contains(corner)) }
        #expect(closed.count == 36 && open.count == 25)
        #expect(open.first == corners.first && open.last == corners.last)
    }

    @Test(
        arguments: [
            "", "mirror", "disc", "disc red", "disc red 1 2", "disc red 1 2 3 4", "disc mauve 1 2 3", "oval red 1 2",
            "oval red 1 2 3 4 5 6",
            "oval red 1 2 x 4", "area red 1,2 3,4", "area red 1,2 3,4 5", "area red 1,2 3,4 5,6,7", "area red 1,2 3,4 5,y",
            "line red 1,2 3,4",
            "line red 0 1,2 3,4", "line red -1 1,2 3,4", "line red 3 1,2", "square red 1 2 3", "mirror mirror disc red 1 2 3",
        ])
    func `what is no shape is an error that shows the line`(line: String) {
        #expect(throws: PictureError.notAShape(line)) { try DrawnShape.parsing(line[...]) }
    }
}
