"""What everybody may ask of peering: `/api/gateway/v1/`."""

from django.urls import path

from gateway.peering.api import moves, nodes, totals, views

urlpatterns = [
    path("directory", views.DirectoryView.as_view(), name="gateway-directory"),
    path("moves", moves.CodeMoveList.as_view(), name="gateway-moves"),
    path("moves/expected", moves.ExpectedMoveList.as_view(), name="gateway-moves-expected"),
    path(
        "moves/expected/<uuid:expected_id>",
        moves.ExpectedMoveDetail.as_view(),
        name="gateway-move-expected",
    ),
    path("moves/<uuid:move_id>", moves.CodeMoveDetail.as_view(), name="gateway-move"),
    path("peer-openapi", nodes.PeerOpenapi.as_view(), name="gateway-peer-openapi"),
    path("nodes", nodes.KnownNodes.as_view(), name="gateway-nodes"),
    path("nodes/<str:node_code>", nodes.NodeDetail.as_view(), name="gateway-node-detail"),
    path("totals", totals.DayTotalsList.as_view(), name="gateway-totals"),
    path("totals/nodes", totals.NodesReport.as_view(), name="gateway-nodes-report"),
]
