// Charts of the metering page. Each chart draws the very table that "View data" shows, so a number
// can never differ between the two. SVG renderer and rich-text tooltips: no inline style is parsed,
// which the content security policy would refuse.
"use strict";
(() => {
  const drawn = [];

  function token(name) {
    return getComputedStyle(document.documentElement).getPropertyValue(`--cm-${name}`).trim();
  }

  function numbers(cell) {
    return Number(cell.dataset.value ?? cell.textContent.replaceAll(",", ""));
  }

  function frame() {
    return {
      animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      aria: { enabled: true },
    };
  }

  function axisStyle() {
    return {
      axisLabel: { color: token("muted"), hideOverlap: true },
      axisLine: { lineStyle: { color: token("line") } },
      axisTick: { show: false },
      splitLine: { lineStyle: { color: token("line") } },
    };
  }

  function tooltip() {
    return {
      renderMode: "richText",
      backgroundColor: token("card"),
      borderColor: token("line"),
      textStyle: { color: token("text"), fontSize: 12 },
    };
  }

  // Stacked bars: first column the category, one series for each further column.
  function stacked(table, box) {
    const head = [...table.tHead.rows[0].cells].slice(1);
    const rows = [...table.tBodies[0].rows];
    return {
      ...frame(),
      color: head.map((cell) => token(cell.dataset.tone)),
      grid: { left: 8, right: 8, top: 36, bottom: 4, containLabel: true },
      legend: {
        left: 0, top: 0, icon: "roundRect", itemWidth: 9, itemHeight: 9,
        textStyle: { color: token("text") },
      },
      tooltip: { ...tooltip(), trigger: "axis", axisPointer: { type: "shadow" } },
      xAxis: { type: "category", data: rows.map((row) => row.cells[0].dataset.short), ...axisStyle() },
      yAxis: { type: "value", ...axisStyle() },
      series: head.map((cell, place) => ({
        name: cell.textContent.trim(),
        type: "bar",
        stack: "all",
        barMaxWidth: 26,
        itemStyle: { borderColor: token("card"), borderWidth: 1 },
        data: rows.map((row) => numbers(row.cells[place + 1])),
      })),
      media: box.clientWidth < 420 ? [{ option: { legend: { itemGap: 6 } } }] : undefined,
    };
  }

  // Heat map: a row for each day, a column for each hour, shares from 0 to 1.
  function heat(table) {
    const hours = [...table.tHead.rows[0].cells].slice(1).map((cell) => cell.textContent.trim());
    const rows = [...table.tBodies[0].rows];
    const data = rows.flatMap((row, day) =>
      [...row.cells].slice(1).map((cell, hour) => [hour, day, numbers(cell)]));
    const top = Math.max(10, Math.ceil(Math.max(...data.map((cell) => cell[2])) / 10) * 10);
    const bare = { ...axisStyle(), axisLine: { show: false }, splitLine: { show: false } };
    return {
      ...frame(),
      grid: { left: 8, right: 8, top: 6, bottom: 40, containLabel: true },
      tooltip: {
        ...tooltip(),
        formatter: ({ value }) =>
          `${rows[value[1]].cells[0].textContent.trim()} ${hours[value[0]]}:00  ${value[2]} %`,
      },
      xAxis: { type: "category", data: hours, ...bare },
      yAxis: {
        type: "category", inverse: true,
        data: rows.map((row) => row.cells[0].textContent.trim()), ...bare,
      },
      visualMap: {
        min: 0, max: top, calculable: false, orient: "horizontal", left: "center", bottom: 0,
        itemWidth: 10, itemHeight: 110, text: [`${top}%`, "0%"],
        textStyle: { color: token("muted") },
        inRange: { color: [token("sunk"), token("brand")] },
      },
      series: [{
        type: "heatmap", data,
        itemStyle: { borderColor: token("card"), borderWidth: 2, borderRadius: 2 },
      }],
    };
  }

  // Lines: first column the category, one line for each further column; gaps stay gaps.
  function lines(table, box) {
    const rows = [...table.tBodies[0].rows];
    const head = [...table.tHead.rows[0].cells].slice(1)
      .filter((cell) => rows.some((row) => row.cells[cell.cellIndex].dataset.value));
    return {
      ...frame(),
      color: head.map((cell) => token(cell.dataset.tone)),
      grid: { left: 8, right: 8, top: box.clientWidth < 480 ? 58 : 36, bottom: 4, containLabel: true },
      legend: { left: 0, top: 0, itemWidth: 22, textStyle: { color: token("text") } },
      tooltip: { ...tooltip(), trigger: "axis" },
      xAxis: { type: "category", data: rows.map((row) => row.cells[0].dataset.short), ...axisStyle() },
      yAxis: { type: "value", scale: true, ...axisStyle() },
      series: head.map((cell, place) => ({
        name: cell.textContent.trim(),
        type: "line",
        connectNulls: true,
        symbolSize: 7,
        lineStyle: { width: 2, type: ["solid", "dashed", "dotted"][place % 3] },
        data: rows.map((row) => row.cells[cell.cellIndex].dataset.value || null),
      })),
    };
  }

  const kinds = { stacked, heat, lines };

  function draw() {
    for (const chart of drawn.splice(0)) chart.dispose();
    for (const box of document.querySelectorAll("[data-chart]")) {
      const table = document.getElementById(box.dataset.table);
      if (!table?.tBodies[0]?.rows.length) continue;
      const chart = echarts.init(box, null, { renderer: "svg" });
      chart.setOption(kinds[box.dataset.chart](table, box));
      drawn.push(chart);
    }
  }

  document.addEventListener("suanpan:theme", draw);
  addEventListener("resize", () => drawn.forEach((chart) => chart.resize()));
  draw();
})();
