/// Evaluates programs over sets of inputs: the result contains every value that some inputs within their ranges
/// give (it is sound), and may contain others. Inputs that are points give the exact result.
///
/// Floating-point: the exact operations round monotonously, so the same operations on the bounds bound them;
/// the C library's functions, which promise no such thing, are widened by some last places.
public struct RangeEvaluator: Sendable {
    /// Bytes of `.scratch` texts of point results.
    public private(set) var text: [UInt8] = []

    public init() {}

    /// Forgets the scratch texts; keeps the memory.
    public mutating func reset() {
        text.removeAll(keepingCapacity: true)
    }

    /// - Parameters:
    ///   - program: Compiled against a schema with as many inputs as `inputs` has cells.
    ///   - inputs: What each input can be; texts of points of pool `.input` lie in `bytes`.
    ///   - bytes: The bytes of input texts, UTF-8.
    /// - Complexity: O(nodes of the expression); numbers and conditions allocate nothing.
    public mutating func evaluate(_ program: Program, inputs: Span<RangeCell>, bytes: Span<UInt8>) -> RangeCell {
        Self.walk(program.tree.root, program.tree, inputs, bytes, &text)
    }

    private static func walk(
        _ index: Int32, _ tree: TypedTree, _ inputs: Span<RangeCell>, _ bytes: Span<UInt8>, _ text: inout [UInt8]
    ) -> RangeCell {
        let node = tree.nodes[Int(index)]
        func child(_ position: Int, _ text: inout [UInt8]) -> RangeCell {
            walk(tree.child(node, position), tree, inputs, bytes, &text)
        }
        switch node.kind {
        case .constant: return RangeCell(tree.constants[Int(node.extra)])
        case .input: return inputs[Int(node.extra)]
        case .operation:
            let first = child(0, &text)
            let second = node.count > 1 ? child(1, &text) : .null
            let third = node.count > 2 ? child(2, &text) : .null
            return apply(node.operation, first, second, third, node, tree, bytes, &text)
        case .and, .or:
            let left = child(0, &text)
            let settled = node.kind == .and ? !(left.mayBeTrue || left.mayBeNull) : left.isCertainlyTrue
            if settled { return left }
            return node.kind == .and ? and(left, child(1, &text)) : or(left, child(1, &text))
        case .between:
            let subject = child(0, &text)
            let above = compare(node.operation, subject, child(1, &text), node, tree, bytes, &text)
            let below = Operation(rawValue: UInt8(node.extra)) ?? .lessOrEqualNumbers
            return and(above, compare(below, subject, child(2, &text), node, tree, bytes, &text))
        case .inList:
            let subject = child(0, &text)
            var result = RangeCell(.boolean(false))
            for position in 1..<max(1, Int(node.count)) {
                result = or(result, compare(node.operation, subject, child(position, &text), node, tree, bytes, &text))
            }
            return result
        case .coalesce:
            var result = child(0, &text)
            var position = 1
            while result.mayBeNull, position < Int(node.count) {
                let next = child(position, &text)
                result = result.mayBeValue ? next.joined(result.butNull) : next
                position += 1
            }
            return result
        case .searchedCase, .simpleCase:
            return conditional(node, tree, inputs, bytes, &text)
        }
    }

    /// CASE: the values of all branches that may be reached.
    private static func conditional(
        _ node: TypedNode, _ tree: TypedTree, _ inputs: Span<RangeCell>, _ bytes: Span<UInt8>, _ text: inout [UInt8]
    ) -> RangeCell {
        let simple = node.kind == .simpleCase
        let base = simple ? walk(tree.child(node, 0), tree, inputs, bytes, &text) : .null
        var result: RangeCell?
        var position = simple ? 1 : 0
        while position + 1 < Int(node.count) {
            var condition = walk(tree.child(node, position), tree, inputs, bytes, &text)
            if simple { condition = compare(node.operation, base, condition, node, tree, bytes, &text) }
            if condition.mayBeTrue {
                let value = walk(tree.child(node, position + 1), tree, inputs, bytes, &text)
                result = result?.joined(value) ?? value
                if condition.isCertainlyTrue { return result ?? value }
            }
            position += 2
        }
        let otherwise = walk(tree.child(node, position), tree, inputs, bytes, &text)
        return result?.joined(otherwise) ?? otherwise
    }

    // MARK: Truth

    static func and(_ left: RangeCell, _ right: RangeCell) -> RangeCell {
        .truth(
            mayBeTrue: left.mayBeTrue && right.mayBeTrue, mayBeFalse: left.mayBeFalse || right.mayBeFalse,
            mayBeNull: left.mayBeNull && (right.mayBeTrue || right.mayBeNull) || left.mayBeTrue && right.mayBeNull)
    }

    static func or(_ left: RangeCell, _ right: RangeCell) -> RangeCell {
        .truth(
            mayBeTrue: left.mayBeTrue || right.mayBeTrue, mayBeFalse: left.mayBeFalse && right.mayBeFalse,
            mayBeNull: left.mayBeNull && (right.mayBeFalse || right.mayBeNull) || left.mayBeFalse && right.mayBeNull)
    }

    // MARK: Operations

    static func compare(
        _ operation: Operation, _ left: RangeCell, _ right: RangeCell, _ node: TypedNode, _ tree: TypedTree,
        _ bytes: Span<UInt8>, _ text: inout [UInt8]
    ) -> RangeCell {
        var plain = node
        plain.extra = -1
        return apply(operation, left, right, .null, plain, tree, bytes, &text)
    }

    /// One operation on ranges; on points it is the exact one.
    private static func apply(
        _ operation: Operation, _ first: RangeCell, _ second: RangeCell, _ third: RangeCell, _ node: TypedNode,
        _ tree: TypedTree, _ bytes: Span<UInt8>, _ text: inout [UInt8]
    ) -> RangeCell {
        if first.isPoint, second.isPoint, third.isPoint {
            var call = OperationCall(operation, first.point, second.point, third.point, extra: node.extra)
            return RangeCell(call.perform(tree, bytes, &text))
        }
        let operands = max(Int(node.kind == .operation ? node.count : 2), 1)
        if operation.isStrict {
            // NULL in, NULL out.
            let missing = !first.mayBeValue || operands > 1 && !second.mayBeValue
            if missing || operands > 2 && !third.mayBeValue { return .null }
        }
        var result = RangeOperation.perform(operation, first, second)
        if operation.isStrict {
            let mayMiss = first.mayBeNull || operands > 1 && second.mayBeNull || operands > 2 && third.mayBeNull
            if mayMiss { result = result.orNull }
        }
        return result
    }
}
