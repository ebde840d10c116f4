// Says that the last attempt failed; the form itself needs no script.

const problem = document.getElementById("problem");
if (new URLSearchParams(location.search).has("failed")) {
  problem.hidden = false;
  problem.textContent = "That was not right. Try again.";
}
